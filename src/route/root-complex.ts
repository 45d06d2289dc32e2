/** The root complex before translation: interrupt window, and what may bypass the IOMMU. */
import { acsOf, hasAllBits, type PciFunction } from '../pci/index.ts';
import { formatRootBus, makeBdf, PCI_ACS_EC } from '../uapi/index.ts';
import { decidePeer } from './acs-decision.ts';
import type { Bus } from './bus-tree.ts';
import { type Claim, claimsOn } from './claims.ts';
import { deliver } from './descend.ts';
import type { Packet } from './packet.ts';
import type { MissingFact } from './route-value.ts';
import { after, assumedHop, atFunction, atHostBridge, fork, hop, reach, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** x86: writes here are interrupt requests. Intel SDM 3A "Message Address Register Format". */
const MSI_WINDOW = { start: 0xfee0_0000n, end: 0xfef0_0000n } as const;

/**
 * A request has reached the root complex of `rootBus`, through the root port `via` or from a function on the root bus.
 * What is left for the IOMMU comes back as `to-iommu`.
 */
export function enterRootComplex(world: World, packet: Packet, rootBus: Bus, via: PciFunction): Walk {
  const place = atHostBridge(rootBus.hostBridge);
  const asMemory = (): Walk => askRootPorts(world, packet, rootBus, via);
  if (!packet.span.isIn(MSI_WINDOW)) return asMemory();
  if (world.isX86.state === 'known' && !world.isX86.value) return asMemory();
  const interrupt =
    packet.kind === 'write' && packet.addressType === 'untranslated'
      ? reach(hop(place, 'inside', 'msi-window'), { kind: 'msi' })
      : stop(hop(place, 'inside', 'msi-window-blocked'), 'unsupported-request');
  if (world.isX86.state === 'known') return interrupt;
  const why = world.isX86.state === 'unreadable' ? world.isX86.why : 'not in this input';
  const missing = [{ fact: 'processor architecture', device: 'machine', why }];
  return fork(place, 'inside', 'architecture-unknown', missing, [interrupt, asMemory()]);
}

/**
 * An address in the window of another root port: egress control may stop it, and without Request Redirect a root
 * complex may route it there before translation. Only matters where translation would lead elsewhere.
 */
function askRootPorts(world: World, packet: Packet, rootBus: Bus, via: PciFunction): Walk {
  const toIommu: Walk = { kind: 'to-iommu', hops: [], rootBus };
  const [claim] = claimsOn(world, rootBus, packet.span, via).claims;
  if (claim === undefined) return toIommu;
  const acs = acsOf(world.acs, via);
  const controls = acs.state === 'known' && hasAllBits(acs.value.control, PCI_ACS_EC) !== false;
  const { pcie } = claim.fn;
  const decision = decidePeer(
    world.acs,
    via,
    packet.addressType,
    pcie.state === 'known' ? pcie.value.portNumber : pcie,
  );
  if (decision.kind === 'blocked') {
    return stop(hop(atFunction(via), 'from-below', decision.rule, decision.register), 'acs-violation');
  }
  if (decision.kind === 'redirect') {
    return after([hop(atFunction(via), 'from-below', decision.rule, decision.register)], toIommu);
  }
  const { mode } = world.iommu(packet.requester);
  const sameEitherWay = mode === 'off' || mode === 'passthrough' || packet.addressType === 'translated';
  if ((sameEitherWay && !controls) || world.rootComplexP2P === 'none') return toIommu;
  const place = atHostBridge(rootBus.hostBridge);
  const missing: readonly MissingFact[] =
    decision.kind === 'unknown'
      ? decision.missing
      : [{ fact: 'routing before translation', device: rootBusName(rootBus), why: 'no register tells' }];
  const branches: Walk[] = [direct(world, packet, rootBus, claim), toIommu];
  if (decision.kind === 'unknown' && controls) {
    const blocked = decision.ways.find(({ kind }) => kind === 'blocked');
    if (blocked !== undefined)
      branches.push(stop(hop(atFunction(via), 'from-below', blocked.rule, blocked.register), 'acs-violation'));
  }
  return fork(place, 'inside', 'root-port-direct-unknown', missing, branches);
}

function direct(world: World, packet: Packet, rootBus: Bus, claim: Claim): Walk {
  const first = assumedHop(atHostBridge(rootBus.hostBridge), 'inside', 'root-complex-p2p', 'root-complex-p2p');
  return after([first], deliver(world, claim, packet.span));
}

function rootBusName({ hostBridge }: Bus): string {
  return formatRootBus(makeBdf(hostBridge.domain, hostBridge.bus, 0));
}
