/** The machine held against the model: every fact that the input records and the model predicts. */
import type { P2pdmaMachine } from '../../p2pdma/index.ts';
import { bootOfInput } from './boot-of-input.ts';
import type { RecordedFact } from './recorded-fact.ts';
import { verifyAcsControl } from './verify-acs.ts';
import { verifyBusAddresses, verifyWithinBridges } from './verify-addresses.ts';
import { verifyDomainTypes, verifyReservedRegions } from './verify-domains.ts';
import { verifyGroupLinks, verifyGroups } from './verify-groups.ts';
import { verifyKernelDomains, verifyKernelMessages, verifyKernelPairs } from './verify-kernel-words.ts';
import { verifyIdentities, verifyParents, verifyVirtualFunctions } from './verify-tree.ts';

export type { Cause, FactKind, RecordedFact } from './recorded-fact.ts';

/** All facts that were compared, in a fixed order. */
export interface Verification {
  readonly facts: readonly RecordedFact[];
  /** Those that are not as predicted. */
  readonly differences: readonly RecordedFact[];
  /** Those of them that no known cause explains. */
  readonly unexplained: readonly RecordedFact[];
}

/** Compares everything. Facts that the input does not record, or leaves the model unable to predict, are left out. */
export function verifyMachine(machine: P2pdmaMachine): Verification {
  const boot = bootOfInput(machine);
  const { topology } = machine;
  const facts = [
    ...verifyGroups(boot),
    ...verifyGroupLinks(boot),
    ...verifyDomainTypes(boot),
    ...verifyReservedRegions(boot),
    ...verifyAcsControl(boot),
    ...verifyBusAddresses(topology),
    ...verifyWithinBridges(topology),
    ...verifyParents(topology),
    ...verifyVirtualFunctions(topology),
    ...verifyIdentities(topology),
    ...verifyKernelPairs(machine),
    ...verifyKernelDomains(machine),
    ...verifyKernelMessages(machine),
  ];
  const differences = facts.filter(({ agrees }) => !agrees);
  return { facts, differences, unexplained: differences.filter(({ cause }) => cause === undefined) };
}
