import { describe, expect, it } from 'vitest';
import { functionAt, type SmallFunction, smallTopology } from '../../../test/support/small-machine.ts';
import { factValue } from '../../capture/index.ts';
import { acsControl } from './acs-control.ts';
import { pciAcsEnabled } from './acs-enabled.ts';
import { REQ_ACS_FLAGS } from './acs-quirk-table.ts';
import { acsBits, acsOf, capturedAcsView, editedAcsView } from './acs-view.ts';

const FACTS = { amdIommu: false, requested: true };
const BDF = '0000:00:1c.0';

function viewOf(fn: Partial<SmallFunction>) {
  const topology = smallTopology([{ bdf: BDF, type: 4, secondary: 1, ...fn }]);
  return { port: functionAt(topology, BDF), view: capturedAcsView(topology, FACTS) };
}

describe('the view of an input', () => {
  it('has the registers, and says that they stand in the input', () => {
    const { port, view } = viewOf({ acs: [0x5f, 0x1d] });
    expect(acsOf(view, port)).toMatchObject({
      state: 'known',
      value: { offset: 0x100, cap: 0x5f, control: acsControl(0x1d), sptControl: undefined, source: 'input' },
    });
  });

  it('is absent without the capability, and unreadable where config space is cut', () => {
    const without = viewOf({});
    expect(acsOf(without.view, without.port).state).toBe('absent');
    expect(acsBits(without.view, without.port, 0x2c)).toEqual({ state: 'known', value: 0 });
    const cut = viewOf({ acs: [0x5f, 0x1d], readable: 256 });
    expect(acsOf(cut.view, cut.port)).toEqual({ state: 'unreadable', why: 'config space is cut' });
    expect(acsBits(cut.view, cut.port, 0x2c)).toEqual({ state: 'unreadable', why: 'config space is cut' });
  });

  it('has the register at +8 of Intel ports with 32-bit registers, and of no others', () => {
    const intel = { vendor: 0x8086, device: 0xa110, acs: [0x5f, 0], sptCtrl: 0x1d } as const;
    const spt = viewOf(intel);
    expect(factValue(acsOf(spt.view, spt.port))?.sptControl).toEqual(acsControl(0x1d));
    const other = viewOf({ ...intel, device: 0xa10f });
    expect(factValue(acsOf(other.view, other.port))?.sptControl).toBeUndefined();
    const cut = viewOf({ ...intel, readable: 0x108 });
    expect(factValue(acsOf(cut.view, cut.port))?.sptControl).toBeUndefined();
    expect(pciAcsEnabled(cut.port, REQ_ACS_FLAGS, cut.view)).toEqual({
      enabled: undefined,
      by: 'quirk',
      missing: 'not in this input',
    });
  });
});

describe('register writes', () => {
  it('change the bits of their mask, in order, and leave the view that they start from', () => {
    const { port, view } = viewOf({ acs: [0x5f, 0x1d] });
    const edits = [
      { port, mask: 0x2c, bits: 0 },
      { port, mask: 0x08, bits: 0xff },
    ];
    const after = editedAcsView(view, edits);
    expect(factValue(acsOf(after, port))).toMatchObject({ control: acsControl(0x19), source: 'edit' });
    expect(acsBits(after, port, 0x0c)).toEqual({ state: 'known', value: 0x08 });
    expect(acsBits(view, port, 0x0c)).toEqual({ state: 'known', value: 0x0c });
  });

  it('do nothing where there is no readable capability', () => {
    const { port, view } = viewOf({});
    expect(editedAcsView(view, [{ port, mask: 0xff, bits: 0 }])).toEqual(view);
  });
});
