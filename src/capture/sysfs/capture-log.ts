/**
 * `capture.log`: the first line names the format, the others tell what could not be read when the capture was made.
 * A file that could not be read is in the capture all the same, empty or cut.
 */
import { known, unreadable } from '../fact.ts';
import type { Report } from './coverage.ts';
import { baseName, type Directory, directoryName, type FileTree, readTextAt } from './file-tree.ts';

/** What a capture says of itself. */
export interface CaptureLog {
  /** "capture format N"; undefined when the first line is another. */
  readonly format: number | undefined;
  /** Paths without a leading slash, files and links. */
  readonly unreadable: ReadonlySet<string>;
  /** What was not there, as written. */
  readonly missing: readonly string[];
  readonly linksLost: boolean;
}

/** The newest format this reader knows. */
export const CAPTURE_FORMAT = 1;

/** Reads the log; undefined when the tree has none. */
export function readCaptureLog(tree: FileTree): CaptureLog | undefined {
  const text = readTextAt(tree, 'capture.log');
  if (text.state !== 'known') return undefined;
  const lines = text.value.split('\n');
  const format = /^capture format ([0-9]{1,6})$/.exec(lines[0] ?? '')?.[1];
  const paths = new Set<string>();
  const missing: string[] = [];
  let linksLost = false;
  for (const line of lines) {
    const path = /^unreadable (?:link )?\/(.+)$/.exec(line)?.[1];
    if (path !== undefined) paths.add(path);
    else if (line.startsWith('missing ')) missing.push(line.slice('missing '.length));
    else if (line.includes('links were not copied')) linksLost = true;
  }
  return { format: format === undefined ? undefined : Number(format), unreadable: paths, missing, linksLost };
}

const LOST = unreadable('it could not be read when the capture was made');

/** The tree as the log corrects it: what could not be read then cannot be read now. */
export function applyCaptureLog(tree: FileTree, log: CaptureLog): FileTree {
  const lost = new Map<string, Set<string>>();
  for (const path of log.unreadable) {
    const directory = directoryName(path);
    lost.set(directory, (lost.get(directory) ?? new Set()).add(baseName(path)));
  }
  return {
    directory: (path) => {
      const directory = tree.directory(path);
      const names = lost.get(path);
      return directory.state === 'known' && names !== undefined ? known(without(directory.value, names)) : directory;
    },
  };
}

function without(directory: Directory, lost: ReadonlySet<string>): Directory {
  return {
    names: directory.names,
    readFile: (name) => (lost.has(name) ? LOST : directory.readFile(name)),
    readText: (name) => (lost.has(name) ? LOST : directory.readText(name)),
    readLink: (name) => (lost.has(name) ? LOST : directory.readLink(name)),
  };
}

/** Turns the log into findings. */
export function reportCaptureLog(log: CaptureLog, report: Report): void {
  const where = 'capture.log';
  if (log.format === undefined) report('notice', 'capture-format-unknown', where, 'does not begin with its format');
  else if (log.format > CAPTURE_FORMAT) {
    const text = `the capture has format ${log.format}, this program knows ${CAPTURE_FORMAT}: parts of it may be missed`;
    report('notice', 'capture-format-newer', where, text);
  }
  if (log.unreadable.size > 0) {
    const [first = ''] = log.unreadable;
    const files = log.unreadable.size === 1 ? '1 file' : `${log.unreadable.size} files`;
    report(
      'notice',
      'capture-unreadable',
      where,
      `${files} could not be read when it was made; the first is /${first}`,
    );
  }
  if (log.linksLost) {
    report(
      'damaged',
      'capture-links-lost',
      where,
      'some links were not copied when it was made: what they told is unknown',
    );
  }
  for (const what of log.missing) report('notice', 'capture-missing', where, `not found when it was made: ${what}`);
}
