/** What a step was to come to, held against what it came to. */
import { hex, printable, unshown } from '../../base/index.ts';
import { VramDmaBuf } from '../../dma-buf/index.ts';
import { VfioDmaBuf } from '../../vfio/index.ts';
import { hashOfSource, sourceOf } from './data-steps.ts';
import type { Check, LabEvent, LabTransfer, StepOutcome } from './events.ts';
import type { Lab } from './lab.ts';
import type { Expectation } from './scenario.ts';

/** A step's result, before it is judged. */
export type Found = Omit<LabEvent, 'checks' | 'ok'>;

/** Every key of the expectation, in order; without one: that the step is done. */
export function checkStep(lab: Lab, found: Found): Check[] {
  const { expect } = found.step;
  const checks: Check[] = [];
  for (const [key, expected] of Object.entries(expect ?? {})) {
    if (expected === undefined) continue;
    checks.push(CHECKS[key as keyof Expectation](expected as never, found, lab));
  }
  // Whoever expects neither an error nor a stop expects success, whatever else is looked at.
  const says = expect?.errno ?? expect?.stopped ?? expect?.waits;
  if (says === undefined && found.outcome.kind !== 'done') {
    checks.unshift({ what: 'outcome', expected: 'done', found: outcomeText(found.outcome), ok: false });
  }
  return checks;
}

/** How a step ended, in words. */
export function outcomeText(outcome: StepOutcome): string {
  switch (outcome.kind) {
    case 'done':
      return 'done';
    case 'failed':
      return `${outcome.errno} (${outcome.at})`;
    case 'waits':
      return `waits for ${outcome.why}`;
    case 'stopped':
      return `stopped, ${outcome.why}`;
    case 'unknown':
      return `unknown: ${outcome.why}`;
    case 'crashed':
      return `the kernel died (${outcome.at})`;
  }
}

type CheckOf<Key extends keyof Expectation> = (
  expected: NonNullable<Expectation[Key]>,
  found: Found,
  lab: Lab,
) => Check;

const CHECKS: { readonly [Key in keyof Required<Expectation>]: CheckOf<Key> } = {
  errno: (expected, { outcome }) => {
    const ok = outcome.kind === 'failed' && outcome.errno === expected;
    return { what: 'errno', expected, found: outcomeText(outcome), ok };
  },
  waits: (expected, { outcome }) => same('waits', expected, outcome.kind === 'waits'),
  flow: (expected, { table }) => same('flow', expected, table?.flow),
  entries: (expected, { table }) => same('entries', expected, table?.nents),
  table: (expected, { table }) => same('table', tableText(expected), table && tableText(table.entries)),
  reaches: (expected, { transfer }, lab) => same('reaches', expected, transfer && reached(lab, transfer)),
  via: (expected, { transfer }) => same('via', expected, transfer && via(transfer)),
  stopped: (expected, { outcome }) => {
    const ok = outcome.kind === 'stopped' && outcome.why.split(':')[0] === expected;
    return { what: 'stopped', expected, found: outcomeText(outcome), ok };
  },
  data: (expected, { bytes }, lab) => {
    const wanted = bytes && hashOfSource(sourceOf(expected), bytes.length, lab.looked);
    const head = bytes === undefined ? undefined : headText(bytes.head);
    const ok = bytes !== undefined && wanted === bytes.hash;
    const text = 'seed' in expected ? `bytes of seed ${expected.seed}` : headText(expected.bytes);
    return { what: 'data', expected: text, found: ok ? text : (head ?? 'no bytes'), ok };
  },
  mapType: (expected, { verdict }) => same('mapType', expected, verdict?.mapType),
  distance: (expected, { verdict }) => same('distance', expected, verdict?.distance),
  defects: (expected, { defects }) =>
    same('defects', [...expected].sort().join(', ') || 'none', [...defects].sort().join(', ') || 'none'),
  mappings: (expected, _, lab) => same('mappings', expected, mappingsHeld(lab)),
  references: (expected, _, lab) => same('references', expected, referencesHeld(lab)),
  warns: (expected, { warns }) => same('warns', expected, warns.length),
  mappedPages: (expected, _, lab) => same('mappedPages', expected, lab.mappedPages()),
};

/** Mappings that importers hold of all buffers. */
export function mappingsHeld(lab: Lab): number {
  return [...lab.buffers.values()].reduce((sum, { dmabuf: { priv } }) => {
    const counts = priv instanceof VfioDmaBuf || priv instanceof VramDmaBuf;
    return sum + (counts ? priv.mappings : 0);
  }, 0);
}

/** References to all buffers that are left. */
export function referencesHeld(lab: Lab): number {
  return [...lab.buffers.values()].reduce((sum, { dmabuf }) => sum + dmabuf.references, 0);
}

function same(what: string, expected: unknown, found: unknown): Check {
  return {
    what,
    expected: String(expected),
    found: found === undefined ? 'nothing' : String(found),
    ok: expected === found,
  };
}

function tableText(entries: readonly (readonly [bigint, bigint])[]): string {
  return entries.map(([address, length]) => `${hex(address)}+${hex(length)}`).join(' ');
}

function headText(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Where the bytes came to rest: one place, or all of them. */
export function reached(lab: Lab, { landings }: LabTransfer): string {
  const places = landings.map(({ end }) => {
    if (end.kind === 'function') return lab.nameOf(end.fn);
    if (end.kind === 'memory') return unshown(end.name) === 'System RAM' ? 'ram' : printable(end.name);
    return end.kind === 'interrupt' ? 'interrupts' : 'nothing';
  });
  return [...new Set(places)].join(', ') || 'nothing';
}

/** Whether the bytes passed a host bridge. */
export function via({ landings }: LabTransfer): string {
  return [...new Set(landings.map(({ viaHostBridge }) => (viaHostBridge ? 'host-bridge' : 'switch')))].join(', ');
}
