import { expect, test } from 'vitest';
import { defectNames, KernelLog } from './index.ts';

test('a once-WARN fires again only after it was re-armed, and a plain WARN every time', () => {
  const log = new KernelLog();
  for (let i = 0; i < 2; i++) {
    log.warn('a.c', 'always');
    log.warnOnce('a.c', 'once');
    log.warnOnce('b.c', 'once');
  }
  expect(log.drain().warns.map((w) => `${w.file} ${w.text} ${w.once}`)).toEqual([
    'a.c always false',
    'a.c once true',
    'b.c once true',
    'a.c always false',
  ]);
  log.warnOnce('a.c', 'once');
  expect(log.warns).toEqual([]);
  log.rearm();
  log.warnOnce('a.c', 'once');
  expect(log.warns).toHaveLength(1);
});

test('what finds defects is asked when someone wants to know, and once', () => {
  const log = new KernelLog();
  let asked = 0;
  log.touchDefect('first');
  const before = log.defectTouches;
  log.touchDefect(() => {
    asked++;
    return ['second', 'first'];
  });
  const met = log.touchesSince(before);
  expect(asked).toBe(0);
  expect(defectNames(met)).toEqual(['second', 'first']);
  expect(log.defects).toEqual(['first', 'second']);
  expect(log.drain().defects).toEqual(['first', 'second']);
  expect(asked).toBe(1);
  expect(log.defects).toEqual([]);
});
