/** Names that the system and tools give to functions, from all parts. */
import { gather, rawText, unshown } from '../../base/index.ts';
import type { Bdf } from '../../uapi/index.ts';
import type { CapturePart } from '../capture-part.ts';
import type { CapturedFunction, SystemName } from '../machine-capture.ts';

/** Each name once, in their order. */
export function uniqueNames(names: readonly SystemName[]): readonly SystemName[] {
  const seen = new Set<string>();
  return names.filter(({ kind, name }) => {
    const key = `${kind} ${unshown(name)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The functions with the names that lists of labels give to their addresses. */
export function withLabels(
  functions: readonly CapturedFunction[],
  parts: readonly CapturePart[],
): readonly CapturedFunction[] {
  const names = new Map<Bdf, SystemName[]>();
  for (const { labels = [] } of parts) {
    for (const { bdf, givenBy, label } of labels)
      if (bdf !== undefined && givenBy !== undefined) gather(names, bdf, { kind: givenBy, name: rawText(label) });
  }
  if (names.size === 0) return functions;
  return functions.map((fn) => {
    const listed = names.get(fn.bdf);
    return listed === undefined ? fn : { ...fn, systemNames: uniqueNames([...(fn.systemNames ?? []), ...listed]) };
  });
}
