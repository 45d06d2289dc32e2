import { describe, expect, test } from 'vitest';
import { defined } from '../../src/base/index.ts';
import { bootParameter, clearRedirect, withAcsEdits } from '../../src/diagnose/index.ts';
import type { PciFunction } from '../../src/pci/index.ts';
import { parseBdf } from '../../src/uapi/index.ts';
import { readTestMachine } from './recordings.ts';

describe('the parameter for the next boot', () => {
  /** Root port 00:04.0, switch 01:00.0 with ports 02:00.0 ... that the boot makes redirect; 03:00.0, 04:00.0 below. */
  test.each([
    ['02:00.0', '02:01.0'],
    ['02:01.0', '02:00.0'],
  ])('where %s redirects and %s was cleared by hand it names both, and no other port', async (redirects, cleared) => {
    const { topology, situation } = await readTestMachine('acsswitch-intel');
    const find = (text: string): PciFunction =>
      defined(topology.byBdf.get(defined(parseBdf(text), 'an address')), text);
    const now = withAcsEdits(situation, clearRedirect([find(cleared)]));
    const wants = [{ provider: find('03:00.0'), client: find('04:00.0') }];
    expect(bootParameter(now, [find(redirects)], wants)).toMatchObject({
      text: 'pci=disable_acs_redir=0000:00:04.0/00.0/00.0;0000:00:04.0/00.0/01.0',
      verified: 'boot',
    });
  });
});
