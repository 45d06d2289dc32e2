import { expect, test } from 'vitest';
import { decodeUtf8, isUtf16, withoutByteOrderMark } from './index.ts';

/** `text` in UTF-16 with a mark. */
function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2));
  view.setUint16(0, 0xfeff, littleEndian);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i + 2, text.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
}

const TEXT = `00:00.0 Host bridge: ü €\n${'x'.repeat(20_000)}\n`;

test.each([true, false])('UTF-16 is read by its mark, little endian: %s', (littleEndian) => {
  const bytes = utf16(TEXT, littleEndian);
  expect(isUtf16(bytes)).toBe(true);
  expect(decodeUtf8(withoutByteOrderMark(bytes) ?? bytes)).toBe(TEXT);
});

test('a half unit at the end is left out', () => {
  expect(decodeUtf8(withoutByteOrderMark(utf16('ab', true).subarray(0, 5)) ?? new Uint8Array(0))).toBe('a');
});

test('the mark of UTF-8 goes, and a text without a mark stays', () => {
  const marked = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61);
  expect([isUtf16(marked), decodeUtf8(withoutByteOrderMark(marked) ?? marked)]).toEqual([false, 'a']);
  expect(withoutByteOrderMark(Uint8Array.of(0x61, 0xfe))).toBeUndefined();
  expect(withoutByteOrderMark(new Uint8Array(0))).toBeUndefined();
});
