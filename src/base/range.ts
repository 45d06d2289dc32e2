/** Half-open ranges `[start, end)` of 64-bit addresses. `end` may be 2^64. */
export interface AddrRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** Does `outer` hold every byte of `inner`? An empty `inner` is contained where its start is. */
export function rangeContains(outer: AddrRange, inner: AddrRange): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

/** Do the two share at least one byte? */
export function rangesOverlap(a: AddrRange, b: AddrRange): boolean {
  return a.start < b.end && b.start < a.end;
}
