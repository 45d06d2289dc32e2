/** What makes functions unlike beside kind and link: their ACS settings, and what is answered for their pairs. */
import type { FunctionView, SituationView } from '../protocol.ts';

/** By function index; functions that are left out have nothing of their own. */
export function traitsOf(
  functions: readonly FunctionView[],
  situation: SituationView | undefined,
): Map<number, string> {
  const traits = new Map<number, string>();
  if (situation === undefined) return traits;
  for (const { port, control, known, cap } of situation.ports)
    traits.set(port, `acs ${cap} ${control & known} ${known}`);
  for (const port of situation.unreadablePorts) traits.set(port, 'acs unreadable');
  const { shown, types } = situation;
  const n = shown.length;
  const kinds = [...new Set(Array.from(shown, (index) => functions[index]?.kind))];
  const kindAt = Array.from(shown, (index) => kinds.indexOf(functions[index]?.kind));
  // How many pairs of each answer there are with devices of each kind, both ways.
  const counts = new Uint32Array(kinds.length * 16);
  for (let at = 0; at < n; at++) {
    counts.fill(0);
    for (let other = 0; other < n; other++) {
      if (other === at) continue;
      const place = (kindAt[other] ?? 0) * 16 + (types[at * n + other] ?? 0) * 4 + (types[other * n + at] ?? 0);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    traits.set(shown[at] ?? -1, counts.join());
  }
  return traits;
}
