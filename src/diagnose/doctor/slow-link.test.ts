import { describe, expect, it } from 'vitest';
import { analyze } from '../../analyze.ts';
import { assert } from '../../base/index.ts';
import { readMachineDescription } from '../../lab/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { slowLink } from './index.ts';

/** Functions with a slow link, of a root port and a GPU below it. */
function slowIn(port: string, gpu: string): readonly string[] {
  const text = `peerpath-machine: 1
kernel: 7.3.4
memory: 16G
host-bridges:
  - devices:
      - {kind: root-port, slot: 1, ${port}, below: {kind: gpu, bars: {0: 256M 64 pref}, ${gpu}}}
`;
  const read = readMachineDescription(text, 'x.yaml');
  assert(read.ok, read.ok ? '' : read.error.text);
  const { functions } = analyze(read.value).topology;
  return functions.filter((fn) => slowLink(fn) !== undefined).map(({ bdf }) => formatBdf(bdf));
}

describe('a slow link', () => {
  it.each([
    ['runs below both ends', 'link: gen3 x16 of gen5 x16', 'link: gen3 x16 of gen5 x16', ['0000:01:00.0']],
    ['a wide port of a narrow card', 'link: gen4 x4 of gen5 x16', 'link: gen4 x4 of gen4 x4', []],
    ['a fast card in a slow port', 'link: gen3 x16 of gen3 x16', 'link: gen3 x16 of gen5 x16', []],
  ])('is one that runs below both ends, told once, at the lower end: %s', (_, port, gpu, slow) => {
    expect(slowIn(port, gpu)).toEqual(slow);
  });
});
