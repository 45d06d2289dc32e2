import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { tarOf } from '../../test/capture/tar-of.ts';
import { readCaptureArchive, readInput } from './index.ts';

function fixture(path: string): Uint8Array {
  return readFileSync(new URL(`../../test/fixtures/${path}`, import.meta.url));
}

it.each(['vfio-epyc-intel', 'arm-domains-none'])('a capture is read as readInput reads it: %s', async (name) => {
  const bytes = fixture(`recordings/${name}/capture.tar.gz`);
  const [alone, all] = [await readCaptureArchive(bytes, 'host.tar.gz'), await readInput(bytes, 'host.tar.gz')];
  expect(alone.ok && 'capture' in alone.value && alone.value.capture).toEqual(all.ok && all.value);
});

it.each([
  ['text', () => fixture('recordings/vfio-epyc-intel/lspci.txt')],
  ['compressed text', () => gzipSync(fixture('recordings/vfio-epyc-intel/lspci.txt'))],
  ['an archive of texts', () => tarOf([{ name: 'report/lspci.txt', body: '00:00.0 Host bridge: a\n' }])],
])('%s is left to a reader of texts, as it came', async (_, make) => {
  const bytes = make();
  const read = await readCaptureArchive(bytes, 'x');
  expect(read.ok && 'other' in read.value && numbers(read.value.other)).toEqual(numbers(bytes));
});

it('a capture that is cut short is refused with the sentence that readInput has', async () => {
  const bytes = fixture('recordings/vfio-epyc-intel/capture.tar.gz').subarray(0, 2000);
  const [alone, all] = [await readCaptureArchive(bytes, 'host.tar.gz'), await readInput(bytes, 'host.tar.gz')];
  expect(alone.ok).toBe(false);
  expect(alone).toEqual(all);
});

/** As an array of plain numbers: Buffers and other arrays are compared by what they hold. */
function numbers(bytes: Uint8Array): number[] {
  return [...bytes];
}
