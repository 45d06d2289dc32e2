/** Reports of `sos`: what lspci printed, and some files of `/proc`. Of `/sys` they hold too little to show a machine. */
import { assert } from '../../base/index.ts';
import type { CapturePart } from '../capture-part.ts';
import { type Fact, known } from '../fact.ts';
import { joinParts } from '../join/index.ts';
import { lspciPart } from '../lspci/index.ts';
import type { CapturedKernel, MachineCapture } from '../machine-capture.ts';
import type { Coverage, Report } from './coverage.ts';
import { PCI_DEVICES } from './device-paths.ts';
import { type FileTree, namesIn, readFileAt, readTextAt } from './file-tree.ts';
import { FindingLimit } from './finding-limit.ts';
import { readKernel } from './kernel-files.ts';
import { findRoot } from './machine-root.ts';
import { readCpu, readIomem } from './proc-files.ts';

const FOLDER = 'sos_commands/pci';
const UNAME = 'sos_commands/kernel/uname_-a';
const COVERAGE: Coverage = { kind: 'lspci-text', devices: false, system: false, links: false, noun: 'this sos report' };

/**
 * Reads the report that lies in a tree or in its only directory; undefined where there is none, or where the tree has
 * the functions of a machine itself. All that lspci printed counts as one input.
 */
export function readSosReport(tree: FileTree, name: string): MachineCapture | undefined {
  const root = findRoot(tree, (at) => lspciFiles(at).length > 0);
  if (root === undefined || namesIn(root, PCI_DEVICES).length > 0) return undefined;
  const findings = new FindingLimit();
  const report: Report = (severity, code, where, text) => findings.add({ code, severity, where, text });
  const printed = lspciPart([{ bytes: joinLines(lspciFiles(root)), firstLine: 1 }], name);
  const kernel = readKernel(root, COVERAGE, undefined);
  const system: CapturePart = {
    origin: { source: name, passage: 'sysfs', line: undefined },
    kernel: { ...kernel, release: readRelease(root, kernel) },
    cpu: readCpu(root, COVERAGE),
    iomem: readIomem(root, COVERAGE, report),
    findings: findings.all(),
  };
  const joined = joinParts([printed, system]);
  assert(joined.ok, 'a single part has functions');
  return joined.value;
}

function lspciFiles(root: FileTree): readonly Uint8Array[] {
  return namesIn(root, FOLDER)
    .filter((name) => name.startsWith('lspci'))
    .sort()
    .flatMap((name) => {
      const file = readFileAt(root, `${FOLDER}/${name}`);
      return file.state === 'known' ? [file.value] : [];
    });
}

function joinLines(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length + 1, 0)).fill(0x0a);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length + 1;
  }
  return joined;
}

/** The third word of `uname -a`, where `/proc/version` is not there. */
function readRelease(root: FileTree, kernel: CapturedKernel): Fact<string> {
  const uname = readTextAt(root, UNAME);
  const word = uname.state === 'known' ? /^Linux \S+ (\S+)/.exec(uname.value)?.[1] : undefined;
  return kernel.release.state === 'known' || word === undefined ? kernel.release : known(word);
}
