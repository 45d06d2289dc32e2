/** Replays one share of the recordings of this repository, so that test files can do it side by side. */

import { describe, expect, test } from 'vitest';
import { loadCapture } from './load-capture.ts';
import { findScenarios, readRecording } from './recording.ts';
import { RECORDINGS } from './recordings-folder.ts';
import { replay } from './replay.ts';

/** Declares a test for every `of`th scenario, from number `share` on. */
export function replayShare(share: number, of: number): void {
  const folders = findScenarios(RECORDINGS).filter((_, index) => index % of === share);
  describe(`recordings, share ${share + 1} of ${of}`, () => {
    test.each(folders.map((folder) => [folder.slice(RECORDINGS.length + 1), folder]))('%s', async (_, folder) => {
      const { failures, passed } = replay(readRecording(folder), await loadCapture(folder, 'archive'));
      expect(failures.slice(0, 3)).toEqual([]);
      expect(passed).toBeGreaterThan(0);
    });
  });
}
