/** Virtual functions: which functions of the input are some, and what their regions tell about the physical one. */
import { type Bdf, bdfDomain, makeBdf } from '../../uapi/index.ts';
import type { CapturedResource } from '../machine-capture.ts';
import type { ParsedFunction } from './parsed-function.ts';
import { type PrintedRegion, resourceFlags } from './printed-region.ts';

/** The SR-IOV lines of a physical function. */
interface PrintedSriov {
  readonly totalVfs: number;
  readonly numVfs: number;
  readonly firstOffset: number;
  readonly stride: number;
}

/** The virtual functions that the SR-IOV capabilities in the text tell of. */
export function virtualFunctions(functions: readonly ParsedFunction[]): ReadonlySet<Bdf> {
  const all = new Set<Bdf>();
  for (const fn of functions) {
    if (fn.text.capabilities.length === 0) continue;
    for (const bdf of virtualFunctionsOf(fn)) all.add(bdf);
  }
  return all;
}

/** Addresses of the enabled virtual functions of `fn`, in order. */
function virtualFunctionsOf(fn: ParsedFunction): Bdf[] {
  const sriov = printedSriov(fn);
  if (sriov === undefined) return [];
  const first = (fn.bdf % 0x10000) + sriov.firstOffset;
  const count = Math.min(sriov.numVfs, sriov.totalVfs);
  return Array.from({ length: count }, (_, n) => first + n * sriov.stride)
    .filter((rid) => rid <= 0xffff)
    .map((rid) => makeBdf(bdfDomain(fn.bdf), rid >> 8, rid & 0xff));
}

function printedSriov({ text }: ParsedFunction): PrintedSriov | undefined {
  const capability = text.capabilities.find(({ title }) => title.startsWith('Single Root I/O Virtualization'));
  if (capability === undefined) return undefined;
  const lines = capability.lines.join('\n');
  const number = (pattern: RegExp): number => Number(pattern.exec(lines)?.[1] ?? 0);
  return {
    totalVfs: number(/\bTotal VFs: (\d{1,5})/),
    numVfs: number(/\bNumber of VFs: (\d{1,5})/),
    firstOffset: number(/\bVF offset: (\d{1,5})/),
    stride: number(/\bstride: (\d{1,5})/),
  };
}

/**
 * The SR-IOV BARs of a physical function by BAR number 0 ... 5: the slices of all its virtual functions, one after the
 * other. Only the regions of a virtual function tell their size, so some must be in the input.
 */
export function slicesOf(
  fn: ParsedFunction,
  byBdf: ReadonlyMap<Bdf, ParsedFunction>,
): readonly (CapturedResource | undefined)[] {
  if (fn.text.capabilities.length === 0) return [];
  const total = BigInt(printedSriov(fn)?.totalVfs ?? 0);
  const slices: (CapturedResource | undefined)[] = [];
  virtualFunctionsOf(fn).forEach((bdf, n) => {
    for (const region of byBdf.get(bdf)?.text.regions ?? []) {
      if (region.index !== undefined) slices[region.index] ??= wholeBar(region, BigInt(n), total);
    }
  });
  return slices;
}

function wholeBar({ address, size, typeBits }: PrintedRegion, n: bigint, total: bigint): CapturedResource | undefined {
  if (address === undefined || size === undefined || address < n * size) return undefined;
  const start = address - n * size;
  return { range: { start, end: start + size * total }, flags: resourceFlags(typeBits, false) };
}
