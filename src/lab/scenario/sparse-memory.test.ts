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

  it('keeps what whole chunks of a stream brought when a part of them is written again', () => {
    const memory = new SparseMemory();
    memory.write(0x1_0000n, 0x3_0000n, patternSource(9), 5n);
    memory.write(0x2_0010n, 4n, bytesSource(Uint8Array.of(1, 2, 3, 4)));
    const plain = new Uint8Array(0x3_0000);
    patternSource(9).read(5n, plain);
    plain.set([1, 2, 3, 4], 0x1_0010);
    expect(memory.hash(0x1_0000n, 0x3_0000n)).toBe(new Xxh32().update(plain).digest());
    expect(memory.hash(0x1_8003n, 0x1_1000n)).toBe(new Xxh32().update(plain.slice(0x8003, 0x1_9003)).digest());
  });

  it('knows which bytes were ever written', () => {
    const memory = new SparseMemory();
    memory.write(0x1_0000n, 0x2_0000n, patternSource(9));
    memory.write(0x3_0000n, 4n, bytesSource(Uint8Array.of(1, 2, 3, 4)));
    memory.write(0x10n, 1n, bytesSource(Uint8Array.of(1)));
    memory.read(0x8000n, new Uint8Array(16));
    expect(memory.written).toEqual([
      { from: 0x10n, to: 0x11n },
      { from: 0x1_0000n, to: 0x3_0004n },
    ]);
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
    const whole = new Uint8Array(3 * 4096);
    source.read(0n, whole);
    fc.assert(
      fc.property(fc.nat(12_000), fc.nat(280), (from, length) => {
        const piece = new Uint8Array(length);
        source.read(BigInt(from), piece);
        expect(piece).toEqual(whole.slice(from, from + length));
      }),
    );
  });

  it('is another for another seed, and on every page', () => {
    const pages = [patternSource(7), patternSource(8)].flatMap((source) =>
      [0n, 4096n, 8192n, 1n << 40n].map((from) => {
        const page = new Uint8Array(4096);
        source.read(from, page);
        return new Xxh32().update(page).digest();
      }),
    );
    expect(new Set(pages).size).toBe(8);
  });
});
