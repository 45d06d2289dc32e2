import { describe, expect, it } from 'vitest';
import { Prng } from '../base/index.ts';
import { addressAt, findNeedle, needle, starts, startsWithAny } from './byte-words.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Lines of few characters, so that words and halves of words are frequent. */
function randomLine(prng: Prng, alphabet: string): string {
  return Array.from({ length: prng.below(60) }, () => alphabet[prng.below(alphabet.length)]).join('');
}

describe('a word in bytes', () => {
  it.each(['ab', 'aab', 'abab', ' kernel: ', 'a'])('"%s" is found where a string has it, within its bounds', (word) => {
    const prng = new Prng(5);
    const alphabet = word.length > 4 ? ` ${word}x` : 'ab ';
    for (let round = 0; round < 3000; round++) {
      const line = randomLine(prng, alphabet);
      const [start, end] = [prng.below(8), line.length - prng.below(4)];
      const inside = line.slice(start, Math.max(start, end)).indexOf(word);
      expect(findNeedle(bytesOf(line), start, end, needle(word)), line).toBe(inside < 0 ? -1 : inside + start);
    }
  });

  it('at the start is one of several', () => {
    const texts = starts(['GPU', 'NIC', 'NVME']);
    expect(['GPU0', 'NI', 'NVME1', 'nic', ''].map((text) => startsWithAny(bytesOf(text), 0, texts))).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
  });
});

describe('an address in bytes', () => {
  it('is found where an expression finds it', () => {
    const prng = new Prng(6);
    let found = 0;
    for (let round = 0; round < 20_000; round++) {
      const noise = () => randomLine(prng, 'a0:. x').slice(0, prng.below(9));
      const address = ['0000:00:1f.2', '10000:e1:00.0', '000:00:00.0', '0000:00:00', '0000:0:00.1'][prng.below(5)];
      const line = `${noise()}${address}${noise()}`;
      const [start, end] = [prng.below(3), line.length - prng.below(3)];
      const inside = line.slice(start, end).search(/[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\./);
      if (inside >= 0) found++;
      expect(addressAt(bytesOf(line), start, end), line).toBe(inside < 0 ? -1 : inside + start);
    }
    expect(found).toBeGreaterThan(5000);
  });
});
