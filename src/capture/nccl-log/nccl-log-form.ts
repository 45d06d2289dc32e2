/**
 * What NCCL and RCCL print with `NCCL_DEBUG=INFO`: the tree that they found, names and addresses of GPUs and adapters,
 * the kernel, and what they chose for pairs. Lines of several processes stand between each other.
 */
import { gather } from '../../base/index.ts';
import type { CapturePart } from '../capture-part.ts';
import type { Finding } from '../finding.ts';
import { lineForm, lineText, quoted, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';
import { holdsNccl, type NcclLine, parseNcclLine } from './nccl-line.ts';
import { ncclPart, notedLines } from './nccl-machine.ts';

/** Lines that tell something of the machine; rings, trees and collectives are passed over. */
export const NCCL_LOG_FORM: PassageForm = lineForm({
  kind: 'nccl-log',
  firstCharacters: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789[(',
  claims: (bytes, start, end) =>
    holdsNccl(bytes, start, end) && parseNcclLine(lineText(bytes, start, end), 0) !== undefined,
  gap: Number.MAX_SAFE_INTEGER,
  read: readLog,
});

function readLog(lines: readonly TextLine[], source: string): readonly CapturePart[] {
  const parsed = lines.flatMap(({ text, line }) => parseNcclLine(text, line) ?? []);
  const rccl = parsed.some(({ words }) => words.includes('RCCL version'));
  const hosts = new Map<string, NcclLine[]>();
  for (const each of parsed) gather(hosts, each.host, each);
  const parts = [...hosts].map(([host, own]): CapturePart => {
    const [first, last] = [own[0]?.line, own.at(-1)?.line];
    const told = ncclPart(own, rccl);
    const findings = notedLines(own).map(noted);
    return {
      origin: { source, passage: 'nccl-log', line: first, ...(last === undefined ? {} : { lastLine: last }) },
      ...told,
      // Of one host: containers call themselves by other names than the machine.
      ...(hosts.size > 1 ? { host } : {}),
      findings,
    };
  });
  return parts.filter(
    ({ functions, kernel, labels = [], toolWords = [], findings }) =>
      functions !== undefined || kernel !== undefined || labels.length + toolWords.length + findings.length > 0,
  );
}

function noted({ words, line }: NcclLine): Finding {
  return { code: 'nccl-says', severity: 'notice', where: `line ${line}`, text: `NCCL says ${quoted(words)}` };
}
