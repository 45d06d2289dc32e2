import { expect, test } from 'vitest';
import { KernelLog } from './index.ts';

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
