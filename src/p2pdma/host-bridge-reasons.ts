/** The host bridge rule's part in the reasons, and in what is missing. */
import type { PciFunction } from '../pci/index.ts';
import type { HostBridgeLookup, HostBridgeVerdict } from './host-bridge-rule.ts';
import { p2pdmaRules } from './kernel-rules.ts';
import { isIommuInUse, type P2pdmaMachine } from './p2pdma-machine.ts';
import type { MissingFact, Reason } from './verdict.ts';

/** Why traffic may or may not use the host bridges. */
export function hostBridgeReasons(machine: P2pdmaMachine, host: HostBridgeVerdict): readonly Reason[] {
  if (host.byCpu) {
    return [{ code: 'cpu-zen', inferredFrom: inferredFrom(machine) }];
  }
  if (host.makerUnlisted) return [{ code: 'host-bridges-unlisted' }];
  const same = host.lookups.length === 1;
  const reasons = host.lookups.map((lookup) => lookupReason(lookup, same)).filter((reason) => reason !== undefined);
  if (host.iommuInUse) return [...reasons, { code: 'iommu-excludes' }];
  const shownBy = inferredFrom(machine);
  // Read from the input, this needs no word: that a processor is no Zen is the rule, that it was inferred is not.
  const inferred = host.allowed === false && shownBy !== undefined && p2pdmaRules(machine.kernel).zenRule;
  return inferred ? [...reasons, { code: 'cpu-not-zen', inferredFrom: shownBy }] : reasons;
}

function inferredFrom({ cpu }: P2pdmaMachine): PciFunction | undefined {
  return cpu.zen === 'unknown' ? undefined : cpu.inferredFrom;
}

function lookupReason(lookup: HostBridgeLookup, same: boolean): Reason | undefined {
  switch (lookup.outcome) {
    case 'listed':
      return { code: 'host-bridge-listed', lookup };
    case 'same-host-bridge-only':
      return { code: same ? 'host-bridge-listed' : 'host-bridge-same-only', lookup };
    case 'not-listed':
      return { code: 'host-bridge-not-listed', lookup };
    case 'no-device':
      return { code: 'host-bridge-no-device', lookup };
    case 'unknown':
      return undefined;
  }
}

/** Which facts would settle an open host bridge rule. */
export function hostBridgeMissing(machine: P2pdmaMachine, host: HostBridgeVerdict): readonly MissingFact[] {
  const rules = p2pdmaRules(machine.kernel);
  const missing: MissingFact[] = [];
  for (const { outcome, device, ids } of host.lookups) {
    if (outcome !== 'unknown' || device === undefined) continue;
    const why = device.captured.config.whyUnknown;
    if (ids === undefined) missing.push({ fact: 'host-bridge-ids', device, why });
    else if (device.pcie.state === 'unreadable') missing.push({ fact: 'host-bridge-type', device, why });
    else
      missing.push({ fact: 'host-bridge-first', device, why: 'the input shows only some devices: print all of them' });
  }
  if (rules.zenRule && machine.cpu.zen === 'unknown') {
    missing.push({ fact: 'cpu', device: undefined, why: machine.cpu.why });
  }
  if (rules.iommuExcludes && isIommuInUse(machine) === 'unknown') {
    missing.push({ fact: 'iommu', device: undefined, why: 'whether an IOMMU is in use is not in this input' });
  }
  return missing;
}
