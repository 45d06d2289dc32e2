import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xxh32 } from '../../base/index.ts';
import { bytesSource, patternSource } from './data-source.ts';
import { SparseMemory } from './sparse-memory.ts';

const place = fc.bigInt({ min: 0n, max: 0x3_0000n });

describe('SparseMemory', () => {
  it('reads back what was written last, and zero elsewhere, across chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 300 }))), place, (writes, at) => {
        const memory = new SparseMemory();
        const plain = new Uint8Array(0x4_0000);
        for (const [offset, bytes] of writes) {
          memory.write(offset, BigInt(bytes.length), bytesSource(bytes));
          plain.set(bytes, Number(offset));
        }
        const read = new Uint8Array(0x400);
        memory.read(at, read);
        expect(read).toEqual(plain.subarray(Number(at), Number(at) + read.length));
        expect(memory.hash(at, 777n)).toBe(new Xxh32().update(plain.slice(Number(at), Number(at) + 777)).digest());
      }),
      { numRuns: 30 },
    );
  });

  it('takes no room for what was not written, up to the end of 64 bits', () => {
    const memory = new SparseMemory();
    memory.write((1n << 64n) - 4n, 4n, bytesSource(Uint8Array.of(1, 2, 3, 4)));
    const read = new Uint8Array(8);
    memory.read((1n << 64n) - 8n, read);
    expect([...read]).toEqual([0, 0, 0, 0, 1, 2, 3, 4]);
    expect(memory.touched()).toHaveLength(1);
  });
});

describe('patternSource', () => {
  it('gives the same byte at the same place, however it is read', () => {
    const source = patternSource(7);
    const whole = new Uint8Array(4096);
    source.read(0n, whole);
    fc.assert(
      fc.property(fc.nat(4000), fc.nat(90), (from, length) => {
        const piece = new Uint8Array(length);
        source.read(BigInt(from), piece);
        expect(piece).toEqual(whole.slice(from, from + length));
      }),
    );
  });
});
