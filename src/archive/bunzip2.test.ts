import { describe, expect, it } from 'vitest';
import { concat } from '../../test/capture/tar-of.ts';
import { bunzip2 } from './bunzip2.ts';

/** All made by the reference implementation (libbzip2 1.0.8). */
const EMPTY = 'QlpoORdyRThQkAAAAAA=';
const ONE = 'QlpoOTFBWSZTWRmTm2sAAAABACAAIAAhGEaC7kinChIDMnNtYA==';
const HELLO = 'QlpoOTFBWSZTWcwuA6EAAAZRgAAQQAQGRJCAIAAhkDIEAMKoMtlBbpwHmvF3JFOFCQzC4DoQ';
const ALL_BYTES =
  'QlpoOTFBWSZTWe3ga8wAAAF/////////////////////////////////////////////sAFgAS//9VVQJgJgAAAAAAAAAAAAAAAA' +
  'AAAAAAAAAAAAAAAAAAAAAAACTAATAAEwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAASYACYAAmAAAAAAAAAAAAAAAAAAAAAAA' +
  'AAAAAAAAAAAAAAH9QFAkDQRBX/IMg6EIShSFoY/9DUOQ9EERRJE0URVFkXRhGUaRtHEdR5H0gSFIkjSRJUmSdKEpSpK0sS1LkvTB' +
  'MUyTNNE1TZN04TlOk7TxPU+T9QFBUJQ1EUVRlHUhSVKUtTFNU5T1QVFUlTVRVVWVdWFZVpW1cV1XlfWBYViWNZFlWZZ1oWlalrWx' +
  'bVuW9cFxXJc10XVdl3XheV6XtfF9X5f2AYFgmDYRhWGYdiGJYpi2MY1jmPZBkWSZNlGVZZl2YZlmmbZxnWeZ9oGhaJo2kaVpmnah' +
  'qWqatrGta5r2wbFsmzbRtW2bduG5bpu28b1vm/cBwXCcNxHFcZx3IclynLcxzXOc90HRdJ03UdV1nXdh2Xadt3Hdd533geF4njeR' +
  '5Xmed6Hpep63se17nvfB8XyfN9H1fZ934fl+n7fx/X+F3JFOFCQ7eBrzAA==';
/** Runs of 0 to 299 equal bytes, around the limits of the run-length code. */
const RUNS =
  'QlpoOTFBWSZTWVVcJ2QAAGV////////////////////////////////////////////4QAKyAARoSSqhNBvzVSAHqNGgAAAP0M1U' +
  'GgDIaaeoBsnqmzJPSaj2omjQBtQNBoDRoMjQbUD1DTRk9TQ9Ro9Q0009T9UZPTSPRlPU9TbVPTTT1NNPUwoZU0B/6VRo0aeoP/9V' +
  'VA0DJkaAZBkGTTTEyaMmTR6mQZGTQAGBMQNAAAYmmgGRkANMmgMgA0GQADI0BowgAKqhppppiNG/1VGf6qACaaMRgE0xNMTBDIya' +
  'YTTJgIwCZMAmACYAEyZMARiMTEwCYIxNGjJk0wAARoyGAIIAAAAAAAAAA0AAAAAAAAABoAAAAAAAAAAAAAAAAAAAAABfgHBycXNy' +
  'dHTAo6o7Jgkd0waYRHhHlMKj0j2mGR8TDpiEXihQoUKUKFChQggggggggggAAAAAFh3ze96nJyc3UFgck3SPUfe+jotTsOFhvJBw' +
  'zAYgE/Otjd9keBndHX2/H888IMa3IsBxQJ2KbreHqMzn6yVLhYx5A+yROsByoJ2Lai5Pts17X0fv/3O0D76EYpgIEkzqBo0Tu/N9' +
  'yt1dxi8e+kGMYDo0lPOnmp+iqc5V6aw2NBSPpB1bAY5JT7p9u1x2ZzuhrrG5oad9IKJgMekobobd1Q+T6/y/j/Oyj5Z9IKVgKNFK' +
  'wiDDwNU5LN1VZqLK6qO8fSFSIpWEQOgbxZHp+/9P6a/Z9x4T6QoyMgwiB0DeXIz+h+yVaTKnNPpCjoisIgdA2cpqrR12qtdp4/nv' +
  'pCjokMIgdA3q5Or0unsLa7zeefSFHRTMIiOiNoKfRfXqdbsNrntA+kKOFMwER0Srp6yulWUu8qngFGCQwEN0P5MnW/lq7O423wvA' +
  'KjDJMBPun9LTV1fY2tzN0jwCyIUrATzp7TZXUaqy/2629a8AuyCOwE66dk6eVY2kuZe/g8AooRmAhO0kn9bDXW2xu76veAUUIzAQ' +
  'nSpNhZWsu6vL/WPAKKEZgITrGTrrW3udpN1+A8AooRmAhOtJNtLuZl5e2e54YAZgMgFIwHM4S3qLjZTNrNvrN94DDMgKIKNgOYwl' +
  '12ky7vJt7f2b+6PCFQoyLCMHy7bbs5u3vb6/wGH1MKyy1Qf3x2b2tkXKTFvbq33ZptNgycAveHO+NbTagAAAAAAAAAAAAAAAAAAA' +
  'AAAAAAAAAAAAAAAAAAABERERERERERECAQCAQCAQCAQCAQCAQCAQAAAXLgYGAWFhb/i7kinChIKq4Tsg';
/** 370,000 bytes at level 1: four blocks. */
const LINES =
  'QlpoMTFBWSZTWUER42sAeiTZgAAQQAB/ACNl3EAwAVgAUaMgaNMjQo0ZA0aZGgUqKT1PQ1PIjyTZUJNqoSYVCTlUJNNkCwgWqBd0' +
  'C8IF5QLZAulQk3VCTCoSbyoScKhJuqEn7VCTlUJOFQk6VCTVUJOVQk6VCTKoSZqhJ4VCTuqEnKBZwUEdVQkyqEnZUJMKhJoVCT8V' +
  'CT4qEnYqEmVQk0VCTRUJP8xQVkmU1lrvOCkAIVz2YAAEEAAfwAjZdxAMAFYAFGjIGjTI0KNGQNGmRoFKkTQNNAyNVQk1VCTFUJN1' +
  'Qk01QLEBdEC6oF2QLugWqBcKhJtVCTCoSbSoSeVQk2VCT4qEm6oSeVQk58KhJhUJN1Qk4qhJkqEmSoSdlQk6qhJuqEnCoSZkCzwk' +
  'KsKhJhUJNCoSeFQk/KhJnKhJkqEmioSaKhJ/MUFZJlNZqyI10wC+wFmAABBAAH8AI2XcQDABWABRoyBo0yNCjRkDRpkaBSpFP1TT' +
  '000I8pt1Qk3VCTCoScqhJugX3AXZAvxAtkC7oFugWelQk4VCTFUJOCoSeVQk4VCTH6qEnKoSeVQk6VCTsqEnKoSdKhJpVCTRUJNl' +
  'Qk2VCTlUJOlQk1VCTVUJMKhJkqEnhUJP+qEmsqEmioSZVCTGUCzgoI+GKCskymsltUyT4AJxizAAAggAD+AEbLuIBgAmyAUaMgaN' +
  'MjQTVUJo0eoBkBSqBGmQDRsRRGEojJKI3iiNsQDqqDWqDtVBmqDZUG6oP0qDfARJ4kUrCRQ8SUR5SiPMUR8SiN4oj1FEcRRHRKI3' +
  'iiOEojNKIzSiOsURtFEYSiOEojRKI0iiMoojWiiO6UR+SiNJKIziiNYojVKI/i7kinChIbslLeY=';
/** 45,000,000 zeros. */
const ZEROS = 'QlpoOTFBWSZTWckBtsgBWKtAIMAAEAAACCAAMMwFKaZSSFJsVJIUni7kinChIZIDbZA=';

const LIMIT = 2 ** 20;

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

const UNPACKED_RUNS = text(
  Array.from({ length: 300 }, (_, n) => String.fromCharCode(65 + (n % 26)).repeat(n)).join(''),
);

describe('bunzip2', () => {
  it.each<[string, string, Uint8Array]>([
    ['nothing', EMPTY, text('')],
    ['one byte', ONE, text('a')],
    ['repeated words', HELLO, text('hello, hello, hello world\n')],
    ['every byte value', ALL_BYTES, Uint8Array.from({ length: 768 }, (_, n) => n & 0xff)],
    ['runs', RUNS, UNPACKED_RUNS],
    [
      'several blocks',
      LINES,
      text(Array.from({ length: 10000 }, (_, n) => `line ${n % 7} of a text that repeats itself\n`).join('')),
    ],
  ])('unpacks %s', (_name, packed, unpacked) => {
    const result = bunzip2(bytes(packed), LIMIT);
    expect(result.ok && result.value).toEqual(unpacked);
  });

  it('unpacks streams one after the other, and ignores what follows them', () => {
    const result = bunzip2(concat([bytes(HELLO), bytes(ONE), text('BZ trailing')]), LIMIT);
    expect(result.ok && new TextDecoder().decode(result.value)).toBe('hello, hello, hello world\na');
  });

  it('stops at the limit, wherever in a run it falls', () => {
    expect(bunzip2(bytes(ZEROS), LIMIT)).toEqual({ ok: false, error: 'too-large' });
    expect(bunzip2(bytes(ONE), 0)).toEqual({ ok: false, error: 'too-large' });
    expect(bunzip2(bytes(HELLO), 25)).toEqual({ ok: false, error: 'too-large' });
    expect(bunzip2(bytes(HELLO), 26).ok).toBe(true);
    expect(bunzip2(bytes(RUNS), UNPACKED_RUNS.length - 1)).toEqual({ ok: false, error: 'too-large' });
    expect(bunzip2(bytes(RUNS), UNPACKED_RUNS.length).ok).toBe(true);
  });

  it('says that data is cut short wherever it is cut', () => {
    for (const packed of [bytes(HELLO), bytes(RUNS)]) {
      for (let length = 5; length < packed.length; length++) {
        expect(bunzip2(packed.subarray(0, length), LIMIT)).toEqual({ ok: false, error: 'cut-short' });
      }
    }
  });

  it('never takes changed data for good: a checksum covers every block', () => {
    const good = bunzip2(bytes(HELLO), LIMIT);
    const packed = bytes(HELLO);
    // The stream ends with its checksum and some bits of padding.
    for (let bit = 32; bit < 8 * (packed.length - 1); bit++) {
      const changed = packed.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
      const result = bunzip2(changed, LIMIT);
      if (result.ok) expect(result).toEqual(good);
    }
  });

  it.each(['', 'BZ', 'BZh', 'BZh0xxxxxxxxxxx', 'BZh9', 'hello'])('refuses %j', (data) => {
    expect(bunzip2(text(data), LIMIT).ok).toBe(false);
  });
});
