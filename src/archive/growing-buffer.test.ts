import { expect, test } from 'vitest';
import { GrowingBuffer } from './growing-buffer.ts';

test('past a sixteenth of the limit there is room for all: no copies stand beside each other', () => {
  const limit = 1 << 20;
  const buffer = new GrowingBuffer(1024, limit);
  const rooms = new Set<number>();
  for (let at = 0; at < limit; at++) {
    expect(buffer.push(at % 251)).toBe(true);
    rooms.add(buffer.room.length);
  }
  expect([...rooms].filter((size) => size > limit / 16)).toEqual([limit]);
  expect(buffer.push(1)).toBe(false);
  expect(buffer.append(new Uint8Array(1))).toBe(false);
  expect(buffer.repeat(0, 1)).toBe(false);
  expect(buffer.bytes().every((byte, at) => byte === at % 251)).toBe(true);
});

test('what is asked for at once is there at once, and nothing beyond the limit', () => {
  const buffer = new GrowingBuffer(0, 1 << 20);
  expect([buffer.reserve(40_000), buffer.room.length]).toEqual([true, 40_000]);
  expect([buffer.reserve((1 << 20) + 1), buffer.room.length]).toEqual([false, 40_000]);
});
