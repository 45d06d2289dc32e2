/**
 * The walk of peerpath, from machine input to answers. Start reading here.
 *
 *     capture -> topology -> what P2PDMA looks at -> verdicts, one or all, held against the way of the packets
 */
import type { MachineCapture } from './capture/index.ts';
import {
  type BootParameter,
  bootParameter,
  type ComparedPair,
  clearRedirect,
  comparePair,
  type IsolationChange,
  isolationCost,
  pairRouters,
  presentSituation,
  type RedirectFix,
  redirectFix,
  type Situation,
} from './diagnose/index.ts';
import {
  calcMapTypeAndDist,
  isPlaced,
  type MachineChoices,
  type MapTypeMatrix,
  mapTypeMatrix,
  type P2pdmaMachine,
  p2pdmaMachine,
  type Verdict,
} from './p2pdma/index.ts';
import { buildTopology, type PciFunction, type PciTopology } from './pci/index.ts';

/** A machine, ready to be asked. */
export interface Analysis {
  readonly capture: MachineCapture;
  readonly topology: PciTopology;
  readonly machine: P2pdmaMachine;
  /** The machine with its ACS registers and IOMMU groups: as captured, or as a what-if has it. */
  readonly situation: Situation;
}

/** The answer for one ordered pair, with what could be changed. */
export interface PairAnswer {
  readonly verdict: Verdict;
  /** The ACS change that would make the pair direct; undefined where none would. */
  readonly fix: PairFix | undefined;
  /**
   * The verdict held against the way of the packets, through the registers that the situation has; undefined without
   * memory or a place that is known.
   */
  readonly packets: ComparedPair | undefined;
  /** What that change costs: who loses isolation from whom. */
  readonly cost: IsolationChange | undefined;
}

/** How to make a pair direct: now, and at every boot. */
export interface PairFix extends RedirectFix {
  /** Takes up what the command line says already; undefined where no parameter of this kernel was found that does it. */
  readonly parameter: BootParameter | undefined;
}

/** Makes a captured machine ready to be asked. `choices` stand above what the input says. Never throws for bad input. */
export function analyze(capture: MachineCapture, choices: MachineChoices = {}): Analysis {
  const topology = buildTopology(capture);
  const machine = p2pdmaMachine(topology, choices);
  return { capture, topology, machine, situation: presentSituation(machine) };
}

/** May `client` do DMA to memory of `provider`, by which route, why, and what would change the answer? */
export function answerPair(analysis: Analysis, provider: PciFunction, client: PciFunction): PairAnswer {
  const verdict = calcMapTypeAndDist(analysis.machine, provider, client);
  const redirect = redirectFix(analysis.machine, verdict);
  const ports = redirect?.ports.map(({ port }) => port) ?? [];
  const fix = redirect && { ...redirect, parameter: bootParameter(analysis.situation, ports, [{ provider, client }]) };
  const cost = fix && isolationCost(analysis.situation, clearRedirect(ports));
  const packets = isPlaced(verdict) ? packetsOf(analysis.situation, provider, client) : undefined;
  return { verdict, fix, cost, packets };
}

function packetsOf(situation: Situation, provider: PciFunction, client: PciFunction): ComparedPair | undefined {
  const { machine } = situation;
  return comparePair(machine, pairRouters(machine), provider, client);
}

/** All ordered pairs of `functions` at once; of every function of the machine when left out. */
export function answerAllPairs(analysis: Analysis, functions?: readonly PciFunction[]): MapTypeMatrix {
  return mapTypeMatrix(analysis.machine, functions);
}
