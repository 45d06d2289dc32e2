/** `map --json` (docs/json.md). */
import type { MapAnswer, MapResult } from '../answers/index.ts';
import { hex } from '../base/index.ts';
import { type EntryOrigin, entryOrigins } from '../dma-buf/index.ts';
import type { P2pdmaMachine } from '../p2pdma/index.ts';
import type { TableProof } from '../route/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { hopPlace } from './route-text.ts';
import { kernelJson } from './to-json.ts';

/** The document. `errno` is null for a table, for an unknown answer, and for a crash (then `crash` tells where). */
export function mapJson(machine: P2pdmaMachine, { question, verdict, ranges, result }: MapAnswer): object {
  const answered = result.state === 'answered' ? result : undefined;
  const outcome = answered?.outcome;
  const mapping = outcome?.outcome === 'mapped' ? outcome.mapping : undefined;
  const table = mapping?.table;
  const entries = Array.from({ length: table?.nents ?? 0 }, (_, i) => i);
  return {
    schema: 'peerpath.map/1',
    kernel: { ...kernelJson(machine), variant: question.variant },
    provider: formatBdf(question.memory.provider.owner.bdf),
    bar: question.memory.provider.bar,
    importer: formatBdf(question.importer.bdf),
    verdict: { mapType: verdict.mapType, distance: verdict.distance ?? null, candidates: verdict.candidates },
    state: result.state,
    why: result.state === 'unknown' ? result.why : null,
    flow: mapping?.flow ?? (outcome?.outcome === 'failed' ? (outcome.flow ?? null) : null),
    errno: outcome?.outcome === 'failed' ? outcome.errno : null,
    step: outcome?.outcome === 'failed' ? outcome.at : null,
    crash: outcome?.outcome === 'crashed' ? outcome.at : null,
    physVec: [...ranges].map(({ paddr, len }) => [hex(paddr), hex(len)]),
    busOffset: question.memory.provider.resource.busAssumed ? null : hex(question.memory.provider.busOffset),
    dmaMask: answered === undefined || answered.device.dmaMask === undefined ? null : hex(answered.device.dmaMask),
    domain: answered?.device.domain?.type ?? null,
    nents: table?.nents ?? 0,
    origNents: table?.origNents ?? 0,
    sg: entries.map((i) => {
      const { addr, length } = entryAt(mapping, i);
      return [addr, length];
    }),
    origin: originsJson(answered, entries),
    route: proofRoutes(answered),
    proof:
      answered?.proof === undefined
        ? null
        : { write: proofJson(answered.proof.write), read: proofJson(answered.proof.read) },
    defects: outcome?.defects ?? [],
    warns: answered?.warns ?? [],
    supposed: answered?.inferred ?? [],
  };
}

type Answered = Extract<MapResult, { state: 'answered' }>;
type Mapping = Extract<Answered['outcome'], { outcome: 'mapped' }>['mapping'];

function entryAt(mapping: Mapping | undefined, index: number): { readonly addr: string; readonly length: string } {
  const entry = mapping?.table.at(index);
  return { addr: hex(entry?.dmaAddress.addr ?? 0n), length: hex(entry?.dmaLength ?? 0) };
}

function originsJson(answered: Answered | undefined, entries: readonly number[]): readonly object[] {
  if (answered?.outcome.outcome !== 'mapped') return [];
  return entries.map(entryOrigins(answered.outcome.mapping, answered.kernel.rules.split)).map(originJson);
}

function originJson({ chunk, pieces }: EntryOrigin): object {
  return { chunk, pieces: pieces.map(({ range, offset, len }) => ({ range, offset: hex(offset), length: hex(len) })) };
}

/** The way of the first request of the table, one element a hop. */
function proofRoutes(answered: Answered | undefined): readonly object[] {
  const proof = answered?.proof?.write;
  const route = proof?.proved === true ? proof.routes[0] : undefined;
  return (route?.hops ?? []).map((hop) => ({
    at: hopPlace(hop),
    side: hop.side,
    rule: hop.rule,
    register: hop.register ?? null,
  }));
}

function proofJson(proof: TableProof): object {
  if (proof.proved) return { proved: true, bytes: hex(proof.bytes), runs: proof.runs };
  return {
    proved: false,
    counterexamples: proof.counterexamples.map(({ problem, entry, address, expected, reached }) => ({
      problem,
      entry,
      address: hex(address),
      expected: expected === undefined ? null : hex(expected),
      reached: reached === undefined ? null : reached.kind,
    })),
  };
}
