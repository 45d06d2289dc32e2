import { beforeAll, describe, expect, test } from 'vitest';
import type { MachineCapture } from '../src/capture/index.ts';
import { loadCapture } from './load-capture.ts';
import { type Answer, type Recording, readRecording } from './recording.ts';
import { RECORDINGS } from './recordings-folder.ts';
import { replay } from './replay.ts';

let recording: Recording;
let capture: MachineCapture;
beforeAll(async () => {
  const folder = `${RECORDINGS}/vfio-epyc-intel`;
  recording = readRecording(folder);
  capture = await loadCapture(folder, 'archive');
});

describe('the recorded VFIO program', () => {
  test('gets from the model what the kernel answered, in every field of all 546 lines', () => {
    expect(recording.vfioLines).toHaveLength(546);
    const { passed, failures } = replay(recording, capture);
    expect([passed, failures]).toEqual([recording.answers.length + 546, []]);
  });

  test('counts by kind of line', () => {
    expect(replay(recording, capture, { kinds: new Set(['vfio_region', 'vfio_reset']) }).passed).toBe(30);
  });

  const tampered: [string, (line: Answer) => Answer | undefined][] = [
    ['an errno', (line) => (line['errno'] === 75 ? { ...line, errno: 22 } : undefined)],
    ['a size', (line) => (line['size'] === '4000000' ? { ...line, size: '8000000' } : undefined)],
    ['a DMA address', (line) => (line['nents'] === 1 ? { ...line, sg: [['1000', '1000']] } : undefined)],
    ['flags of a descriptor', (line) => (line['fd_flags'] === '800' ? { ...line, fd_flags: '2' } : undefined)],
    ['the operation', (line) => (line['op'] === 'vfio_reset' ? { ...line, op: 'vfio_eject' } : undefined)],
  ];
  test.each(tampered)('is not matched where %s was changed', (_, change) => {
    const at = recording.vfioLines.findIndex((line) => change(line) !== undefined);
    const vfioLines = recording.vfioLines.map((line, index) => (index === at ? (change(line) ?? line) : line));
    const { failures } = replay({ ...recording, vfioLines }, capture);
    expect(failures.map(({ n }) => n - recording.answers.length)).toEqual([at]);
  });
});
