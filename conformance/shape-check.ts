/** Where addresses cannot be foretold: are the recorded ones such as the allocator could have given? */
import { type AddrRange, rangesOverlap } from '../src/base/index.ts';
import { reservedOf } from './boot-state.ts';
import { hexText, hexValue } from './hex.ts';
import type { ModelledMachine } from './modelled-machine.ts';
import type { Answer } from './recording.ts';
import type { MapRequest } from './request.ts';

const PAGE = 0x1000n;

/** What one call of the allocator gave, and the offset in a page that its first byte must have. */
interface Extent extends AddrRange {
  readonly inPage: bigint;
}

/** Watches the recorded mappings of one scenario. */
export class ShapeChecker {
  /** Live extents by slot. */
  readonly #live = new Map<number, { readonly group: number; readonly extents: readonly AddrRange[] }>();
  readonly #machine: ModelledMachine;

  constructor(machine: ModelledMachine) {
    this.#machine = machine;
  }

  /** What is wrong with the addresses of a successful translated mapping, and its extents if it is kept. */
  checkMap(request: MapRequest, recorded: Answer): string[] {
    const extents = extentsOf(recorded);
    if (recorded['errno'] !== 0 || recorded['how'] === 'bus' || extents.length === 0) return [];
    const importer = this.#machine.function(request.importer);
    const device = this.#machine.device(importer);
    if (device.domain === undefined) return [];
    const group = Number(recorded['importer_group']);
    const { apertureEnd } = device.domain.geometry;
    const limit = device.addressLimit < apertureEnd ? device.addressLimit : apertureEnd;
    const reserved = reservedOf(this.#machine.topology, importer);
    const complaints = extents.flatMap((extent) => this.#complaints(extent, group, limit, reserved));
    if (request.keep >= 0) this.#live.set(request.keep, { group, extents });
    return complaints;
  }

  /** A slot was freed. */
  forget(slot: number): void {
    this.#live.delete(slot);
  }

  #complaints({ start, end, inPage }: Extent, group: number, limit: bigint, reserved: readonly AddrRange[]): string[] {
    const where = `[${hexText(start)}, ${hexText(end)})`;
    const complaints: string[] = [];
    if ((start - inPage) % alignment(inPage + end - start) !== 0n) complaints.push(`${where} is not aligned`);
    if (end - 1n > limit) complaints.push(`${where} is beyond the limit ${hexText(limit)}`);
    if (start < PAGE || reserved.some((range) => rangesOverlap(range, { start, end }))) {
      complaints.push(`${where} is reserved`);
    }
    for (const [slot, live] of this.#live) {
      if (live.group === group && live.extents.some((range) => rangesOverlap(range, { start, end }))) {
        complaints.push(`${where} overlaps the mapping of slot ${slot}`);
      }
    }
    return complaints;
  }
}

/** The next power of two of its pages. */
function alignment(length: bigint): bigint {
  let align = PAGE;
  while (align < length) align *= 2n;
  return align;
}

/** Extents that the allocator gave: one of `size` for a run, else the entries, joined where one was cut. */
function extentsOf(recorded: Answer): Extent[] {
  const entries = ((recorded['sg'] ?? []) as readonly (readonly [string, string])[]).map(
    ([at, len]) => [hexValue(at), hexValue(len)] as const,
  );
  const first = entries[0];
  if (first === undefined || (first[0] === 0n && first[1] === 0n)) return [];
  if (recorded['how'] === 'iova') {
    return [{ start: first[0], end: first[0] + roundUp(hexValue(recorded['size'])), inPage: 0n }];
  }
  const starts = ((recorded['phys_vec'] ?? []) as readonly (readonly [string, string])[])
    .filter(([, len]) => len !== '0')
    .map(([paddr]) => hexValue(paddr));
  const extents: Extent[] = [];
  let cut = false;
  for (const [start, len] of entries) {
    const before = extents.at(-1);
    if (cut && before?.end === start) {
      extents.splice(-1, 1, { ...before, end: start + len });
    } else {
      extents.push({ start, end: start + len, inPage: (starts[extents.length] ?? start) % PAGE });
    }
    cut = len >= 0xfff0_0000n;
  }
  return extents;
}

function roundUp(length: bigint): bigint {
  return ((length + PAGE - 1n) / PAGE) * PAGE;
}
