/**
 * What answers about a machine depend on, and nothing else. Hosts that differ only in serial numbers, in what names
 * disks and networks, and in where a boot put the kernel in memory have the same facts.
 */
import { unshown } from '../base/index.ts';
import { type CapturePart, type Fact, type MachineCapture, mapFact, NOT_IN_INPUT } from '../capture/index.ts';
import { redactCapture } from '../report/index.ts';
import { factsText, readFactsText } from './facts-text.ts';

/**
 * The facts as text: the SHA-256 of it is the fingerprint, and all answers of a fleet are worked out from it alone. So
 * equal fingerprints have equal answers, whatever else the captures held.
 */
export function answerFacts(capture: MachineCapture): string {
  const { texts: _, findings: __, ...kept } = redactCapture(capture);
  return factsText(
    withoutLines({
      ...kept,
      source: { kind: kept.source.kind, name: FLEET_NAME },
      kernel: { ...kept.kernel, modules: NOT_IN_INPUT },
      iomem: mapFact(kept.iomem, (entries) => entries.filter(({ name }) => !KERNEL_IMAGE.test(unshown(name)))),
      parts: kept.parts.flatMap(partFacts),
    }),
  );
}

/** How a machine is called in words that were worked out for all hosts of a fingerprint. */
const FLEET_NAME = 'the capture';

/** Lines of `/proc/iomem` that a kernel moves at every boot (KASLR), inside of System RAM, which stays. */
const KERNEL_IMAGE = /^Kernel (code|rodata|data|bss)$/;

/** The machine of {@link answerFacts}, ready to be analysed. */
export function readAnswerFacts(text: string): MachineCapture {
  return { ...(readFactsText(text) as Omit<MachineCapture, 'findings'>), findings: [] };
}

/** What joined facts do not hold already: messages of the kernel, its own answers, labels, topology matrices. */
function partFacts({ origin, messages, answers, labels, topology, architecture }: CapturePart): CapturePart[] {
  const told = { messages, answers, labels, topology, architecture };
  const kept = Object.entries(told).filter(([, value]) => value !== undefined);
  if (kept.length === 0) return [];
  const place = { source: FLEET_NAME, passage: origin.passage, line: undefined };
  return [{ origin: place, findings: [], ...Object.fromEntries(kept) }];
}

/** Lines of a text tell nothing of a machine; what a fact was inferred from does. */
function withoutLines(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLines);
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, withoutLines(each)]));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const fact = value as Partial<Fact<unknown>> & { readonly origin?: { readonly inferredFrom?: string } };
  if (fact.state === 'known' && fact.origin !== undefined) {
    const { inferredFrom } = fact.origin;
    const known = { state: 'known', value: withoutLines((fact as { value?: unknown }).value) };
    return inferredFrom === undefined ? known : { ...known, origin: { inferredFrom } };
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === 'line' && each !== undefined ? 0 : withoutLines(each)]),
  );
}
