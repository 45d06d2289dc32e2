/** Filtered text: ports that are known to redirect, and others of which nothing is known. */
import { expect, test } from 'vitest';
import { analyze } from '../../src/analyze.ts';
import { readLspci } from '../../src/capture/index.ts';
import { defaultWants, examine, makePlan } from '../../src/diagnose/index.ts';

const port = (
  address: string,
  secondary: string,
): string => `${address} PCI bridge: Broadcom / LSI PEX880xx PCIe Gen 4 Switch
	Bus: primary=02, secondary=${secondary}, subordinate=${secondary}, sec-latency=0
		ACSCtl:	SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-
`;
/** `lspci -vvv | grep -E '^[0-9a-f]|Bus:|ACSCtl'` of a switch on a machine whose host bridge is on no list. */
const TEXT = `00:00.0 Host bridge: Intel Corporation Device 4c43
00:01.0 PCI bridge: Intel Corporation Device 4c01
	Bus: primary=00, secondary=01, subordinate=04, sec-latency=0
01:00.0 PCI bridge: Broadcom / LSI PEX880xx PCIe Gen 4 Switch
	Bus: primary=01, secondary=02, subordinate=04, sec-latency=0
${port('02:00.0', '03')}${port('02:10.0', '04')}03:00.0 3D controller: NVIDIA Corporation Device 20b5
04:00.0 3D controller: NVIDIA Corporation Device 20b5
`;

test('what redirect refuses is not past help, and whether it is enough to clear it stays open', () => {
  const { situation } = analyze(readLspci(new TextEncoder().encode(TEXT), 'filtered'));
  const plan = makePlan(situation, { wants: defaultWants(situation.machine), goal: 'direct', keepIsolated: [] });
  expect([plan.gained.length, plan.impossible.length, plan.open.flatMap(({ wants }) => wants).length]).toEqual([
    0, 0, 2,
  ]);
  const codes = examine(situation).map(({ code }) => code);
  expect(codes).toContain('redirect-open');
  expect(codes).not.toContain('no-way');
});
