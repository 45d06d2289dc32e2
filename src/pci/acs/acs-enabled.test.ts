import { describe, expect, it } from 'vitest';
import { functionAt, type SmallFunction, smallTopology } from '../../../test/support/small-machine.ts';
import { mapFact, unreadable } from '../../capture/index.ts';
import {
  PCI_EXP_TYPE_DOWNSTREAM as DOWNSTREAM,
  PCI_EXP_TYPE_ENDPOINT as ENDPOINT,
  PCI_EXP_TYPE_RC_END as INTEGRATED,
  PCI_ACS_CR,
  PCI_ACS_EC,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_EXP_TYPE_PCI_BRIDGE as PCIE_TO_PCI,
  PCI_EXP_TYPE_ROOT_PORT as ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM as UPSTREAM,
} from '../../uapi/index.ts';
import type { AcsControl } from './acs-control.ts';
import { pciAcsEnabled, pciAcsPathEnabled } from './acs-enabled.ts';
import { ACS_QUIRKS, REQ_ACS_FLAGS } from './acs-quirk-table.ts';
import { type AcsView, capturedAcsView } from './acs-view.ts';

function verdict(fn: Partial<SmallFunction>, req = REQ_ACS_FLAGS, facts: Partial<AcsView> = {}) {
  const topology = smallTopology([{ bdf: '0000:00:02.0', ...fn }]);
  const view = { ...capturedAcsView(topology, { amdIommu: false, requested: true }), ...facts };
  return pciAcsEnabled(functionAt(topology, fn.bdf ?? '0000:00:02.0'), req, view);
}

/** Of a function of whose Control register only some bits are known. */
function partly(fn: Partial<SmallFunction>, control: AcsControl) {
  const topology = smallTopology([{ bdf: '0000:00:02.0', ...fn }]);
  const view = capturedAcsView(topology, { amdIommu: false, requested: true });
  const registers = view.registers.map((acs) => mapFact(acs, (value) => ({ ...value, control, why: 'a test' })));
  return pciAcsEnabled(functionAt(topology, '0000:00:02.0'), REQ_ACS_FLAGS, { ...view, registers });
}

describe('pciAcsEnabled', () => {
  it.each([
    ['a conventional function', {}, false, 'conventional'],
    ['a PCIe-to-PCI bridge, with whatever bits', { type: PCIE_TO_PCI, acs: [0x5f, 0x5f] }, false, 'bridge'],
    ['an event collector', { type: 10, acs: [0x5f, 0x5f] }, false, 'bridge'],
    ['a single-function endpoint', { type: ENDPOINT }, true, 'single-function'],
    ['a single-function upstream port', { type: UPSTREAM }, true, 'single-function'],
    ['a single-function integrated endpoint', { type: INTEGRATED }, true, 'single-function'],
    ['a multi-function endpoint without the capability', { type: ENDPOINT, multi: true }, false, 'no-capability'],
    ['a multi-function endpoint with bits', { type: ENDPOINT, multi: true, acs: [0x1d, 0x1d] }, true, 'control'],
    [
      'a multi-function endpoint whose capability is empty',
      { type: ENDPOINT, multi: true, acs: [0, 0] },
      true,
      'control',
    ],
    ['a root port without the capability', { type: ROOT_PORT }, false, 'no-capability'],
    ['a root port with all bits', { type: ROOT_PORT, acs: [0x5f, 0x1d] }, true, 'control'],
    ['a downstream port with all bits', { type: DOWNSTREAM, acs: [0x5f, 0x1d] }, true, 'control'],
    ['a downstream port without SV', { type: DOWNSTREAM, acs: [0x5f, 0x1c] }, false, 'control'],
    ['a downstream port without RR', { type: DOWNSTREAM, acs: [0x5f, 0x19] }, false, 'control'],
    ['a downstream port whose capability has no SV', { type: DOWNSTREAM, acs: [0x1c, 0x1c] }, true, 'control'],
  ] as const)('%s isolates: %#', (_what, fn, enabled, by) => {
    expect(verdict(fn as Partial<SmallFunction>)).toEqual({ enabled, by });
  });

  it('takes a bit that the capability does not have for set, egress control apart', () => {
    const port = { type: DOWNSTREAM, acs: [PCI_ACS_SV, PCI_ACS_SV] } as const;
    expect(verdict(port, PCI_ACS_SV | PCI_ACS_RR).enabled).toBe(true);
    expect(verdict(port, PCI_ACS_EC).enabled).toBe(false);
  });

  it('does not know without the capability list, and says why', () => {
    expect(verdict({ type: DOWNSTREAM, acs: [0x5f, 0x1d], readable: 256 })).toMatchObject({
      enabled: undefined,
      by: 'control',
    });
    expect(verdict({ type: DOWNSTREAM, acs: [0x5f, 0x1d], readable: 64 })).toEqual({
      enabled: undefined,
      by: 'quirk',
      missing: 'config space is cut',
    });
  });

  it('needs only the bits that decide', () => {
    const port = { type: DOWNSTREAM, acs: [0x5f, 0] } as const;
    expect(partly(port, { value: 0, known: PCI_ACS_CR }).enabled).toBe(false);
    expect(partly(port, { value: 0x18, known: 0x18 })).toEqual({
      enabled: undefined,
      by: 'control',
      missing: 'a test',
    });
    expect(partly(port, { value: 0x1d, known: 0x1d }).enabled).toBe(true);
  });
});

describe('pciAcsEnabled, devices of the kernel table', () => {
  it.each([
    ['of a vendor with rows in the table leaves it open', 0x8086, { enabled: undefined, by: 'quirk', missing: 'lost' }],
    ['of a vendor without any does not matter', 0x1b36, { enabled: true, by: 'single-function' }],
  ])('a device id that is not in the input, %s', (_what, vendor, expected) => {
    const topology = smallTopology([{ bdf: '0000:00:02.0', type: ENDPOINT, vendor }]);
    const fn = functionAt(topology, '0000:00:02.0');
    const nameless = { ...fn, ids: { ...fn.ids, device: unreadable('lost') } };
    const view = capturedAcsView(topology, { amdIommu: false, requested: true });
    expect(pciAcsEnabled(nameless, REQ_ACS_FLAGS, view)).toEqual(expected);
  });

  it('whether there is an AMD IOMMU does not matter where the register and the table say the same', () => {
    const bridge = { bdf: '0000:00:14.3', multi: true, vendor: 0x1002, device: 0x4384, secondary: 1 };
    const open = { amdIommu: undefined };
    expect(verdict(bridge, PCI_ACS_EC, open)).toEqual({ enabled: false, by: 'quirk' });
    expect(verdict(bridge, PCI_ACS_RR, open)).toMatchObject({ enabled: undefined });
  });

  const BRIDGE_MF = { bdf: '0000:00:14.3', multi: true, vendor: 0x1002, device: 0x4384, secondary: 1 };
  it.each([
    ['AMD southbridge with an AMD IOMMU', BRIDGE_MF, { amdIommu: true }, true],
    [
      'AMD southbridge, single function',
      { ...BRIDGE_MF, bdf: '0000:00:14.0', multi: false },
      { amdIommu: true },
      false,
    ],
    ['AMD southbridge without', BRIDGE_MF, { amdIommu: false }, false],
    ['AMD southbridge, IOMMU not known', BRIDGE_MF, { amdIommu: undefined }, undefined],
    [
      'AMD southbridge, IOMMU not known, and it does not matter',
      { ...BRIDGE_MF, bdf: '0000:00:14.0', multi: false },
      { amdIommu: undefined },
      false,
    ],
    ['82576, two functions', { type: ENDPOINT, multi: true, vendor: 0x8086, device: 0x10c9 }, {}, true],
    ['X540, not in the table', { type: ENDPOINT, multi: true, vendor: 0x8086, device: 0x1528 }, {}, false],
    ['82574L, not in the table', { type: ENDPOINT, multi: true, vendor: 0x8086, device: 0x10d3 }, {}, false],
    ['82598', { type: ENDPOINT, multi: true, vendor: 0x8086, device: 0x10f7 }, {}, true],
    ['the id before', { type: ENDPOINT, multi: true, vendor: 0x8086, device: 0x10f6 }, {}, false],
    ['the id after', { type: ENDPOINT, multi: true, vendor: 0x8086, device: 0x10fd }, {}, false],
    ['Emulex BE3', { type: ENDPOINT, multi: true, vendor: 0x19a2, device: 0x0710 }, {}, true],
    ['Emulex Lancer', { type: ENDPOINT, multi: true, vendor: 0x10df, device: 0xe220 }, {}, false],
    ['ThunderX root port', { type: ROOT_PORT, vendor: 0x177d, device: 0xa100 }, {}, true],
    ['ThunderX network function', { type: ENDPOINT, multi: true, vendor: 0x177d, device: 0xa059 }, {}, true],
    ['ThunderX, another function', { type: ENDPOINT, multi: true, vendor: 0x177d, device: 0xa058 }, {}, false],
    ['NXP LX2122N root port', { type: ROOT_PORT, vendor: 0x1957, device: 0x8db9 }, {}, true],
    ['NXP, not in the table', { type: ROOT_PORT, vendor: 0x1957, device: 0x8d84 }, {}, false],
    ['Wangxun 1G', { type: ENDPOINT, multi: true, vendor: 0x8088, device: 0x0103 }, {}, true],
    ['Wangxun 25G', { type: ENDPOINT, multi: true, vendor: 0x8088, device: 0x5125 }, {}, true],
    ['Wangxun, not in the table', { type: ENDPOINT, multi: true, vendor: 0x8088, device: 0x0110 }, {}, false],
    [
      'other Intel Ethernet with ACS',
      { type: ENDPOINT, multi: true, vendor: 0x8086, device: 0x1528, acs: [4, 4] },
      {},
      true,
    ],
    ['Intel integrated endpoint', { type: INTEGRATED, multi: true, vendor: 0x8086, device: 0x1234 }, {}, true],
    ['Cougar Point port, ACS on', { type: ROOT_PORT, vendor: 0x8086, device: 0x1c10 }, { requested: true }, undefined],
    ['Cougar Point port, ACS off', { type: ROOT_PORT, vendor: 0x8086, device: 0x1c10 }, { requested: false }, false],
    ['odd Patsburg port', { type: ROOT_PORT, vendor: 0x8086, device: 0x1d11 }, {}, false],
    [
      'Sunrise Point port by +8',
      { type: ROOT_PORT, vendor: 0x8086, device: 0xa117, acs: [0x5f, 0], sptCtrl: 0x1d },
      {},
      true,
    ],
    [
      'Sunrise Point port, +8 clear',
      { type: ROOT_PORT, vendor: 0x8086, device: 0xa117, acs: [0x5f, 0x1d], sptCtrl: 0 },
      {},
      false,
    ],
    ['Qualcomm root port', { type: ROOT_PORT, vendor: 0x17cb, device: 0x0401 }, {}, true],
    ['Zhaoxin endpoint is no port', { type: ENDPOINT, multi: true, vendor: 0x1d17, device: 0x0711 }, {}, false],
    ['Loongson 7a19', { type: ROOT_PORT, vendor: 0x0014, device: 0x7a19 }, {}, true],
    ['Loongson 7a1a', { type: ROOT_PORT, vendor: 0x0014, device: 0x7a1a }, {}, false],
  ] as const)('%s', (_what, fn, facts, enabled) => {
    expect(verdict(fn as Partial<SmallFunction>, REQ_ACS_FLAGS, facts).enabled).toBe(enabled);
  });

  it('has ranges that go upwards', () => {
    for (const { devices = [] } of ACS_QUIRKS) {
      for (const ids of devices) if (typeof ids !== 'number') expect(ids[0]).toBeLessThan(ids[1]);
    }
  });
});

describe('pciAcsPathEnabled', () => {
  const path = (root: number | 'cut', switchPort: number | 'cut') => {
    const acs = (ctrl: number | 'cut'): Partial<SmallFunction> =>
      ctrl === 'cut' ? { readable: 256, acs: [0x5f, 0] } : { acs: [0x5f, ctrl] };
    const topology = smallTopology([
      { bdf: '0000:00:01.0', type: ROOT_PORT, secondary: 1, ...acs(root) },
      { bdf: '0000:01:00.0', type: UPSTREAM, secondary: 2 },
      { bdf: '0000:02:03.0', type: DOWNSTREAM, secondary: 3, ...acs(switchPort) },
    ]);
    const view = capturedAcsView(topology, { amdIommu: false, requested: true });
    const { enabled, at } = pciAcsPathEnabled(functionAt(topology, '0000:02:03.0'), REQ_ACS_FLAGS, view);
    return [enabled, at === functionAt(topology, '0000:00:01.0') ? 'root port' : 'switch port'];
  };

  it.each([
    [0x1d, 0x1d, true, 'root port'],
    [0x1d, 0x1c, false, 'switch port'],
    [0x01, 0x1d, false, 'root port'],
    ['cut', 0x1d, undefined, 'root port'],
    [0x1d, 'cut', undefined, 'switch port'],
    ['cut', 'cut', undefined, 'switch port'],
    [0x01, 'cut', false, 'root port'],
  ] as const)('with root port %s and switch port %s it is %s, told by the %s', (root, port, enabled, at) => {
    expect(path(root, port)).toEqual([enabled, at]);
  });
});
