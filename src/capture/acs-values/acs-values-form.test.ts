import { describe, expect, it } from 'vitest';
import { type CapturePart, joinParts, readText } from '../index.ts';

function parts(text: string): readonly CapturePart[] {
  return readText(new TextEncoder().encode(text), 'acs.txt').parts;
}

const OFF = '\t\tACSCtl:\tSrcValid- TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-';
const ON = '\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-';

describe('ACS control without addresses', () => {
  it.each([
    [[OFF, OFF, OFF], 'shows ACS control of 3 ports without addresses, none of which redirects'],
    [[OFF, ON], 'shows ACS control of 2 ports without addresses, 1 of which redirects requests or completions'],
  ])('tells how many ports there are and whether they redirect', (lines, words) => {
    const [part] = parts(`$ sudo lspci -vvv | grep ACSCtl\n${lines.join('\n')}\n`);
    expect(part?.told).toBe(words);
    expect(part?.functions).toBeUndefined();
  });

  it('behind a list of functions is not that of the last one', () => {
    const joined = joinParts(
      parts(`00:01.0 PCI bridge: Intel\n01:00.0 VGA compatible controller: NVIDIA\n${ON}\n${OFF}\n`),
    );
    const functions = joined.ok ? joined.value.functions : [];
    expect(functions).toHaveLength(2);
    expect(functions.every(({ printedAcs, config }) => printedAcs === undefined && config.bytes.length <= 0x100)).toBe(
      true,
    );
  });
});

it('setpci -v tells the ACS control of the function it names', () => {
  const [part] = parts('0000:00:1c.0 (ecap 000d @148) @14e = 001d\n0000:17:00.0 (ecap 000d @148) @14e = 0000\n');
  expect(part?.functions?.map(({ bdf, printedAcs, acsLine }) => [bdf, printedAcs?.control, acsLine])).toEqual([
    [0xe0, 0x1d, 1],
    [0x1700, 0, 2],
  ]);
});
