/** One request followed through the machine. */
import type { Situation } from '../diagnose/index.ts';
import type { PciFunction } from '../pci/index.ts';
import {
  type IommuStage,
  type IoTranslation,
  type RequestKind,
  type Route,
  type RouteBandwidth,
  routeBandwidth,
  type SharedLink,
  sharedLinks,
} from '../route/index.ts';
import { answerMapping, type MapAnswer, type MapQuestion } from './map-answer.ts';
import { situationRouter } from './situation-router.ts';

/** A request that is asked about. */
export interface TraceQuestion {
  readonly requester: PciFunction;
  /** What stands in the address field, 0 ... 2^64-1. */
  readonly address: bigint;
  readonly kind: RequestKind;
  /** What the IOMMU makes of it; undefined: as the input tells. */
  readonly stage: IommuStage | undefined;
}

/** Its way, and what the links on it can carry. */
export interface TraceAnswer {
  readonly route: Route;
  /** Undefined for a route that reaches nothing. */
  readonly bandwidth: RouteBandwidth | undefined;
}

/** Follows one request. Memory decode and bus mastering count as switched on: a driver does that before it starts. */
export function answerTrace(situation: Situation, { requester, address, kind, stage }: TraceQuestion): TraceAnswer {
  const route = situationRouter(situation, stage && (() => stage)).route({ requester, address, kind });
  return { route, bandwidth: routeBandwidth(route) };
}

/** The requests of an importer to the first byte of memory that it maps, as writes and as reads. */
export interface PeerTrace {
  readonly mapping: MapAnswer;
  /** Undefined where there is no table: refused or unknown. */
  readonly traces: { readonly write: TraceAnswer; readonly read: TraceAnswer } | undefined;
}

/** Maps memory as `answerMapping` does and follows the first request to it. */
export function answerPeerTrace(situation: Situation, question: MapQuestion): PeerTrace {
  const mapping = answerMapping(situation, question);
  const { result } = mapping;
  if (result.state !== 'answered' || result.outcome.outcome !== 'mapped') return { mapping, traces: undefined };
  const address = result.outcome.mapping.table.at(0).dmaAddress.addr;
  const router = situationRouter(situation, result.iommu);
  const trace = (kind: RequestKind): TraceAnswer => {
    const route = router.route({ requester: question.importer, address, kind });
    return { route, bandwidth: routeBandwidth(route) };
  };
  return { mapping, traces: { write: trace('write'), read: trace('read') } };
}

/** Links that several pairs send their writes through when they run at once; numbers are positions in `traces`. */
export function sharedByPairs(traces: readonly PeerTrace[]): readonly SharedLink[] {
  return sharedLinks(traces.map((trace) => trace.traces?.write.bandwidth));
}

/** A table as it was printed, used as an I/O page table: DMA runs in order onto the physical ranges in order. */
export function tableTranslation(
  sg: readonly (readonly [dmaAddress: bigint, length: bigint])[],
  physVec: readonly (readonly [paddr: bigint, length: bigint])[],
): IoTranslation {
  const runs = joinRuns(sg, physVec);
  return {
    translate(iova) {
      const run = runs.find(({ start, length }) => iova >= start && iova < start + length);
      if (run === undefined) return { ok: false, fault: 'not-mapped', contiguousBytes: 0x1000n - (iova & 0xfffn) };
      const inside = iova - run.start;
      return { ok: true, phys: run.phys + inside, contiguousBytes: run.length - inside };
    },
  };
}

interface TranslatedRun {
  readonly start: bigint;
  readonly phys: bigint;
  readonly length: bigint;
}

function joinRuns(
  sg: readonly (readonly [bigint, bigint])[],
  physVec: readonly (readonly [bigint, bigint])[],
): TranslatedRun[] {
  const runs: TranslatedRun[] = [];
  let range = 0;
  let used = 0n;
  for (const [dmaAddress, total] of sg) {
    for (let done = 0n; done < total; ) {
      const [paddr, length] = physVec[range] ?? [0n, 0n];
      if (range >= physVec.length) break;
      const take = total - done < length - used ? total - done : length - used;
      if (take > 0n) runs.push({ start: dmaAddress + done, phys: paddr + used, length: take });
      done += take;
      used += take;
      if (used === length) {
        range++;
        used = 0n;
      }
    }
  }
  return runs;
}
