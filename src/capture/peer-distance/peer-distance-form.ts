/** `/proc/driver/nvidia-fs/peer_distance`: what nvidia-fs thinks of pairs. It names devices that nothing else here tells of. */
import type { CapturePart } from '../capture-part.ts';
import { lineForm, lineText, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';

const ADDRESS = String.raw`[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]`;
/** GPU, peer, distance, bytes, kind of peer. */
const LINE = new RegExp(String.raw`^${ADDRESS}\s+${ADDRESS}\s+\d+\s+\d+\s+(?:network|nvme|gpu|unknown)\b`, 'i');

/** Pairs with a distance; no such line is a function of the machine. */
export const PEER_DISTANCE_FORM: PassageForm = lineForm({
  kind: 'peer-distance',
  firstCharacters: '0123456789abcdefABCDEF',
  claims: (bytes, start, end) =>
    bytes[start + 4] === 0x3a &&
    bytes[start + 12] === 0x20 &&
    end - start < 200 &&
    LINE.test(lineText(bytes, start, end)),
  read: readDistances,
});

function readDistances(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const first = lines[0];
  if (first === undefined) return undefined;
  const told = `is a list of peer distances of nvidia-fs (${lines.length} pairs), which tells no registers and no bridges`;
  return { origin: { source, passage: 'peer-distance', line: first.line }, told, findings: [] };
}
