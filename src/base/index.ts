export {
  type AddrRange,
  type Brand,
  type BusAddr,
  type DmaAddr,
  type Iova,
  type PhysAddr,
  rangeContains,
  rangesOverlap,
  U64_MAX,
  u64,
} from './address.ts';
export { isUtf16, withoutByteOrderMark } from './byte-order.ts';
export { type Failure, fail } from './failure.ts';
export { gather } from './gather.ts';
export { highHalf, joinAt, joinHalves, lowHalf, splitHalves } from './halves.ts';
export { nearestWord } from './nearest-word.ts';
export { Prng } from './prng.ts';
export { assert, defined, type Err, err, messageOf, type Ok, ok, type Result } from './result.ts';
export { byteText, hex, printable, type RawText, rawText, sizeText, unshown } from './text.ts';
export { decodeUtf8, encodeUtf8 } from './utf8.ts';
export { wildcard } from './wildcard.ts';
export { Xxh32 } from './xxh32.ts';
