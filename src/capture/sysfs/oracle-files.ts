/** The answers of the kernel module peerpath-oracle: `/sys/kernel/debug/peerpath`, one JSON document a line. */
import { type Bdf, parseBdf } from '../../uapi/index.ts';
import type { KernelAnswers, KernelFunctionAnswer, KernelPairAnswer, KernelWindowAnswer } from '../capture-part.ts';
import { factValue } from '../fact.ts';
import type { Report } from './coverage.ts';
import { type FileTree, readTextAt } from './file-tree.ts';

/** Where the files are, without a leading slash. */
export const ORACLE_FOLDER = 'sys/kernel/debug/peerpath';
/** Their names. */
export const ORACLE_FILES: readonly string[] = ['about', 'functions', 'pairs', 'host_bridges'];

type Json = Readonly<Record<string, unknown>>;

/** The answers; undefined where the module was not loaded. Lines that are damaged are left out, with a finding. */
export function readOracle(tree: FileTree, report: Report): KernelAnswers | undefined {
  const about = documents(tree, 'about', report)[0];
  if (about === undefined) return undefined;
  const release = about['release'];
  return {
    release: typeof release === 'string' ? release : undefined,
    pairs: documents(tree, 'pairs', report).flatMap(pairsOf),
    functions: documents(tree, 'functions', report).flatMap(functionOf),
    windows: documents(tree, 'host_bridges', report).flatMap(windowsOf),
  };
}

function documents(tree: FileTree, name: string, report: Report): Json[] {
  const text = factValue(readTextAt(tree, `${ORACLE_FOLDER}/${name}`)) ?? '';
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    try {
      const document: unknown = JSON.parse(line);
      if (typeof document === 'object' && document !== null) return [document as Json];
    } catch {
      // Said below, as for everything that is no object.
    }
    report('damaged', 'oracle-damaged', `/${ORACLE_FOLDER}/${name}`, 'a line of it is no JSON document; ignored');
    return [];
  });
}

const TYPES: readonly unknown[] = ['no', 'bus', 'through'];

function pairsOf(line: Json): KernelPairAnswer[] {
  const provider = bdfOf(line['provider']);
  const { pairs } = line;
  if (provider === undefined || !Array.isArray(pairs)) return [];
  return pairs.flatMap((pair: unknown) => {
    if (!Array.isArray(pair)) return [];
    const [name, distance, type] = pair as readonly unknown[];
    const client = bdfOf(name);
    if (client === undefined || typeof distance !== 'number') return [];
    return [{ provider, client, distance, mapType: TYPES.includes(type) ? (type as 'no') : undefined }];
  });
}

function functionOf(line: Json): KernelFunctionAnswer[] {
  const bdf = bdfOf(line['bdf']);
  const dmaMask = hexOf(line['dmaMask']);
  if (bdf === undefined || dmaMask === undefined) return [];
  const group = typeof line['group'] === 'number' ? line['group'] : undefined;
  const domain = line['domain'] as Json | null | undefined;
  const pageSizes = hexOf(domain?.['pageSizes']);
  const aperture = domain?.['aperture'];
  const apertureEnd = Array.isArray(aperture) ? hexOf(aperture[1]) : undefined;
  const translates = pageSizes !== undefined && apertureEnd !== undefined && pageSizes !== 0n;
  return [{ bdf, dmaMask, group, domain: translates ? { pageSizes, apertureEnd } : undefined }];
}

function windowsOf(line: Json): KernelWindowAnswer[] {
  const [, domain, bus] = /^([0-9a-f]{4,8}):([0-9a-f]{2})$/.exec(String(line['bus'])) ?? [];
  const { windows } = line;
  if (domain === undefined || bus === undefined || !Array.isArray(windows)) return [];
  return windows.flatMap((window: unknown) => {
    if (!Array.isArray(window) || window[0] !== 'memory') return [];
    const [start, last, offset] = window.slice(1).map(hexOf);
    if (start === undefined || last === undefined || offset === undefined) return [];
    return [{ domain: Number.parseInt(domain, 16), bus: Number.parseInt(bus, 16), start, last, offset }];
  });
}

function bdfOf(value: unknown): Bdf | undefined {
  return typeof value === 'string' ? parseBdf(value) : undefined;
}

function hexOf(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^[0-9a-f]{1,16}$/.test(value) ? BigInt(`0x${value}`) : undefined;
}
