/** The `resource` file of a function: a line of start, end and flags for each resource, CPU addresses. */
import { type Fact, known, unreadable } from '../fact.ts';
import type { CapturedResource, ListedResource } from '../machine-capture.ts';
import { type AttributeDir, readText, required } from './attributes.ts';
import { quote, type Report } from './coverage.ts';

/** Kernel index of the first bridge window. The six lines before it are SR-IOV BARs, unless the kernel has no SR-IOV. */
const FIRST_BRIDGE_WINDOW = 13;
const FIRST_VF_BAR = 7;
/** What a kernel without SR-IOV prints of a bridge: 7 lines, then 4 windows. */
const BRIDGE_LINES_WITHOUT_IOV = 11;
/** Bridge windows are three; a spare line follows. */
const MAX_LINES = 17;

const LINE = /^0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16})$/;

/** In place of a line in captures that were made from other input: it prints no such resource, and may lack the line. */
const UNKNOWN = 'unknown';

/** Resources by kernel index; see spec of {@link CapturedResource}. */
export function readResourceFile(dir: AttributeDir, where: string, report: Report): Fact<readonly ListedResource[]> {
  const text = required(readText(dir, 'resource'), 'resource file', dir.coverage);
  if (text.state !== 'known') return text;
  const lines = text.value.split('\n');
  if (lines.length > MAX_LINES) return unreadable(`the resource file has ${lines.length} lines`);
  const withoutIov = lines.length === BRIDGE_LINES_WITHOUT_IOV;
  const resources: ListedResource[] = [];
  for (const [line, words] of lines.entries()) {
    const index = withoutIov && line >= FIRST_VF_BAR ? line - FIRST_VF_BAR + FIRST_BRIDGE_WINDOW : line;
    while (resources.length < index) resources.push(undefined);
    const resource = words === UNKNOWN ? UNKNOWN : parseLine(words);
    if (resource === undefined) {
      report(
        'damaged',
        'resource-odd-line',
        where,
        `line ${line + 1} of its resource file is ${quote(words)}; ignored`,
      );
    }
    resources[index] = resource === 'none' ? undefined : (resource ?? UNKNOWN);
  }
  return known(resources);
}

/** `none` where all is 0; undefined where the line makes no sense. Ends are inclusive in the file. */
function parseLine(line: string): CapturedResource | 'none' | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const start = BigInt(`0x${match[1]}`);
  const last = BigInt(`0x${match[2]}`);
  const flags = Number.parseInt(match[3] ?? '', 16);
  if (start === 0n && last === 0n) return flags === 0 ? 'none' : { range: { start, end: start }, flags };
  if (last + 1n < start) return undefined;
  return { range: { start, end: last + 1n }, flags };
}
