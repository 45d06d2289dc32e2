export { type BusAddr, type DmaAddr, hex, type Iova, type PhysAddr, U64_MAX, u64 } from './address.ts';
export { assert, BugError, defined } from './assert.ts';
export type { Brand } from './brand.ts';
export { printable } from './printable.ts';
export { Prng } from './prng.ts';
export { type AddrRange, rangeContains, rangeHas, rangesOverlap } from './range.ts';
export { type Err, err, type Ok, ok, type Result } from './result.ts';
export { decodeUtf8 } from './utf8.ts';
export { Xxh32 } from './xxh32.ts';
