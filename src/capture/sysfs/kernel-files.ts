/** The running kernel: release, command line, configuration, modules. */
import { decodeUtf8 } from '../../base/index.ts';
import { ABSENT, type Fact, factValue, known, unreadable } from '../fact.ts';
import type { CapturedKernel } from '../machine-capture.ts';
import { parseConfig } from '../system/index.ts';
import { type Coverage, notThere, quote } from './coverage.ts';
import { baseName, type FileTree, namesIn, readFileAt } from './file-tree.ts';
import { readProcText } from './proc-files.ts';

/** Decompresses gzip data; undefined when it is damaged. */
export type Gunzip = (bytes: Uint8Array, maxBytes?: number) => Uint8Array | undefined;

/** What the tree tells of the kernel. `gunzip` is needed for `/proc/config.gz` alone. */
export function readKernel(tree: FileTree, coverage: Coverage, gunzip: Gunzip | undefined): CapturedKernel {
  const release = readRelease(tree, coverage);
  return {
    release,
    cmdline: readProcText(tree, 'proc/cmdline', coverage),
    config: readConfig(tree, release, coverage, gunzip),
    modules: readModules(tree, coverage),
  };
}

/** Live machines say it alone in a file; else it is the third word of `/proc/version`. */
function readRelease(tree: FileTree, coverage: Coverage): Fact<string> {
  const release = readProcText(tree, 'proc/sys/kernel/osrelease', coverage);
  if (release.state === 'known' && release.value !== '') return release;
  const version = readProcText(tree, 'proc/version', coverage);
  if (version.state !== 'known') return version;
  const word = /^Linux version (\S+)/.exec(version.value)?.[1];
  return word === undefined ? unreadable(`/proc/version says ${quote(version.value)}`) : known(word);
}

/** `/proc/config.gz`, else the file of `/boot` (or of the module folder) for this release, else the only one of `/boot`. */
function readConfig(
  tree: FileTree,
  release: Fact<string>,
  coverage: Coverage,
  gunzip: Gunzip | undefined,
): CapturedKernel['config'] {
  const packed = readFileAt(tree, 'proc/config.gz');
  const unpacked = packed.state === 'known' ? gunzip?.(packed.value) : undefined;
  if (unpacked !== undefined) return known(parseConfig(decodeUtf8(unpacked)));
  for (const path of configPaths(tree, release)) {
    const text = readProcText(tree, path, coverage);
    // The capture script makes the file before it has anything to put in it.
    if (text.state === 'known' && text.value !== '') return known(parseConfig(text.value));
  }
  return notThere('kernel configuration', coverage);
}

function configPaths(tree: FileTree, release: Fact<string>): string[] {
  const boot = namesIn(tree, 'boot').filter((name) => name.startsWith('config-'));
  const only = boot.length === 1 ? boot.map((name) => `boot/${name}`) : [];
  const own = factValue(release);
  // Release names are text of the input: one with a slash names no file.
  if (own === undefined || baseName(own) !== own) return only;
  return [`boot/config-${own}`, `lib/modules/${own}/config`, `usr/lib/modules/${own}/config`, ...only];
}

/** First word of each line. A kernel without loadable modules has no such file. */
function readModules(tree: FileTree, coverage: Coverage): Fact<readonly string[]> {
  if (coverage.system && readFileAt(tree, 'proc/modules').state === 'absent') return ABSENT;
  const text = readProcText(tree, 'proc/modules', coverage);
  if (text.state !== 'known') return text;
  const lines = text.value === '' ? [] : text.value.split('\n');
  return known(lines.map((line) => line.split(' ', 1)[0] ?? ''));
}
