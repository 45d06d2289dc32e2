/** How much of a machine a tree was meant to hold: only where it was meant to be whole does a missing file mean "none". */
import { printable } from '../../base/index.ts';
import { type Fact, unreadable } from '../fact.ts';
import type { Finding } from '../finding.ts';
import type { SourceKind } from '../machine-capture.ts';
import { type FileTree, readFileAt } from './file-tree.ts';

/** What a missing file means, by part of the tree. */
export interface Coverage {
  readonly kind: SourceKind;
  /** The directories of functions are whole. */
  readonly devices: boolean;
  /** `/proc`, the IOMMU groups and the IOMMUs are whole. */
  readonly system: boolean;
  /** No link was lost. */
  readonly links: boolean;
  /** How people call the tree: "this machine", "this capture". */
  readonly noun: string;
}

/** What kind of tree this is, from what lies in it. A tree with `/proc/sys` is a running machine's. */
export function treeKind(tree: FileTree): 'sysfs' | 'capture-archive' | 'hwloc' {
  const has = (path: string) => readFileAt(tree, path).state !== 'absent';
  if (has('capture.log')) return 'capture-archive';
  if (has('proc/hwloc-nofile-info')) return 'hwloc';
  if (has('proc/sys/kernel/osrelease')) return 'sysfs';
  return tree.directory('sys/devices/system/cpu').state === 'known' ? 'hwloc' : 'capture-archive';
}

/**
 * What a missing file means in a tree of this kind.
 * @param log what a capture says of itself; undefined: it does not
 */
export function coverageOf(kind: SourceKind, log: { readonly linksLost: boolean } | undefined): Coverage {
  if (kind === 'sysfs') return { kind, devices: true, system: true, links: true, noun: 'this machine' };
  if (kind === 'hwloc') return { kind, devices: true, system: false, links: true, noun: 'an hwloc archive' };
  const whole = log !== undefined;
  return { kind, devices: whole, system: whole, links: whole && !log.linksLost, noun: 'this capture' };
}

/** "no numa_node in this capture". */
export function notThere(what: string, coverage: Coverage): Fact<never> {
  return unreadable(`no ${what} in ${coverage.noun}`);
}

/** Notes a finding about `where`. */
export type Report = (severity: Finding['severity'], code: string, where: string, text: string) => void;

/** Cuts text of others for use in a sentence, and makes it harmless to print. */
export function quote(text: string): string {
  return text.length > 40 ? `"${printable(text.slice(0, 40))}…"` : `"${printable(text)}"`;
}
