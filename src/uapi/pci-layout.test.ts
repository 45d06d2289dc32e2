import { describe, expect, test } from 'vitest';
import {
  ACS_CAP,
  ACS_CTRL,
  AF_CAP,
  ATS_CAP,
  ATS_CTRL,
  acsBitNames,
  COMMAND,
  EXP_DEVCAP,
  EXP_DEVCAP2,
  EXP_DEVCTL,
  EXP_DEVCTL2,
  EXP_FLAGS,
  EXP_LNKCAP,
  EXP_LNKSTA,
  EXP_SLTCAP,
  EXP_SLTSTA,
  fieldBits,
  fieldValue,
  linkSpeedOf,
  MSI_CONTROL,
  MSIX_CONTROL,
  PASID_CAP,
  PASID_CTRL,
  PM_STATUS,
  PRI_CTRL,
  REBAR_CTRL,
  type RegisterField,
  type RegisterLayout,
  registerBits,
  SRIOV_CTRL,
  SRIOV_NUMBERS,
} from './index.ts';

/** Codes as the specifications print them: field, code in place, value. */
const CODES: readonly (readonly [what: string, field: RegisterField, bits: number, value: number])[] = [
  ['128 bytes of payload', EXP_DEVCTL.fields.MaxPayload, 0x0000, 128],
  ['4096 bytes of payload', EXP_DEVCTL.fields.MaxPayload, 0x00a0, 4096],
  ['512 bytes a read request', EXP_DEVCTL.fields.MaxReadReq, 0x2000, 512],
  ['2.5 GT/s', EXP_LNKSTA.fields.Speed, 0x0001, 2.5],
  ['64 GT/s', EXP_LNKSTA.fields.Speed, 0x0006, 64],
  ['16 lanes', EXP_LNKSTA.fields.Width, 0x0100, 16],
  ['8 messages', MSI_CONTROL.fields.enabled, 0x0030, 8],
  ['32 table entries', MSIX_CONTROL.fields.Count, 0x001f, 32],
  ['a queue of 32', ATS_CAP.fields['Invalidate Queue Depth'], 0x0000, 32],
  ['a queue of 31', ATS_CAP.fields['Invalidate Queue Depth'], 0x001f, 31],
  ['a vector of 256 bits', ACS_CAP.fields.EgressVector, 0x0000, 256],
  ['a vector of 8 bits', ACS_CAP.fields.EgressVector, 0x0800, 8],
  ['a BAR of 1 MiB', REBAR_CTRL.fields.size, 0x0000, 0x10_0000],
  ['a BAR of 8 GiB', REBAR_CTRL.fields.size, 0x0d00, 0x2_0000_0000],
];

describe('the layout of registers', () => {
  test.each(CODES)('%s', (_what, field, bits, value) => {
    expect(fieldBits(field, value)).toBe(bits);
    expect(fieldValue(field, bits)).toBe(value);
  });

  test.each([
    ['payload that is no power of two', EXP_DEVCTL.fields.MaxPayload, 384],
    ['payload below 128', EXP_DEVCTL.fields.MaxPayload, 64],
    ['payload beyond the field', EXP_DEVCTL.fields.MaxPayload, 32768],
    ['a speed that no link has', EXP_LNKSTA.fields.Speed, 3],
    ['more lanes than the field holds', EXP_LNKSTA.fields.Width, 64],
    ['half a lane', EXP_LNKSTA.fields.Width, 0.5],
    ['no table entry', MSIX_CONTROL.fields.Count, 0],
  ])('%s has no code', (_what, field, value) => {
    expect(fieldBits(field, value)).toBeUndefined();
  });

  test('a speed code that is not known stands for nothing', () => {
    expect([0, 1, 6, 7, 15].map(linkSpeedOf)).toEqual([undefined, 2.5, 64, undefined, undefined]);
  });

  test('a register is the sum of its bits and fields', () => {
    expect(registerBits(EXP_DEVCTL, { RlxdOrd: true, NoSnoop: false }, { MaxPayload: 256, MaxReadReq: 512 })).toBe(
      0x2030,
    );
    expect(() => registerBits(EXP_DEVCTL, {}, { MaxPayload: 100 })).toThrow('MaxPayload');
  });

  /** Register, where it lies, and its bits by number, as the specifications number them. */
  const registers: [string, RegisterLayout, number, number, Record<string, number>][] = [
    ['Command', COMMAND, 0x4, 2, { 'I/O': 0, Mem: 1, BusMaster: 2 }],
    ['Power Management Status', PM_STATUS, 4, 2, { NoSoftRst: 3 }],
    ['Advanced Features', AF_CAP, 3, 1, { TP: 0, FLR: 1 }],
    ['MSI Control', MSI_CONTROL, 2, 2, { Enable: 0, '64bit': 7, Maskable: 8 }],
    ['MSI-X Control', MSIX_CONTROL, 2, 2, { Masked: 14, Enable: 15 }],
    ['Express Capabilities', EXP_FLAGS, 2, 2, { Slot: 8 }],
    ['Device Capabilities', EXP_DEVCAP, 4, 4, { ExtTag: 5, RBE: 15, FLReset: 28 }],
    [
      'Device Control',
      EXP_DEVCTL,
      8,
      2,
      {
        CorrErr: 0,
        NonFatalErr: 1,
        FatalErr: 2,
        UnsupReq: 3,
        RlxdOrd: 4,
        ExtTag: 8,
        PhantFunc: 9,
        AuxPwr: 10,
        NoSnoop: 11,
      },
    ],
    ['Link Capabilities', EXP_LNKCAP, 12, 4, { ClockPM: 18, Surprise: 19, LLActRep: 20, BwNot: 21, ASPMOptComp: 22 }],
    ['Link Status', EXP_LNKSTA, 18, 2, { TrErr: 10, Train: 11, SlotClk: 12, DLActive: 13, BWMgmt: 14, ABWMgmt: 15 }],
    ['Slot Capabilities', EXP_SLTCAP, 20, 4, { Surprise: 5, HotPlug: 6 }],
    ['Slot Status', EXP_SLTSTA, 26, 2, { PresDet: 6 }],
    ['Device Capabilities 2', EXP_DEVCAP2, 36, 4, { ARIFwd: 5 }],
    ['Device Control 2', EXP_DEVCTL2, 40, 2, { ARIFwd: 5 }],
    [
      'ACS Control',
      ACS_CTRL,
      6,
      2,
      { SrcValid: 0, TransBlk: 1, ReqRedir: 2, CmpltRedir: 3, UpstreamFwd: 4, EgressCtrl: 5, DirectTrans: 6 },
    ],
    ['ATS Control', ATS_CTRL, 6, 2, { Enable: 15 }],
    ['PRI Control', PRI_CTRL, 4, 2, { Enable: 0, Reset: 1 }],
    ['PASID Capability', PASID_CAP, 4, 2, { Exec: 1, Priv: 2 }],
    ['PASID Control', PASID_CTRL, 6, 2, { Enable: 0, Exec: 1, Priv: 2 }],
    ['SR-IOV Control', SRIOV_CTRL, 8, 2, { Enable: 0, Migration: 1, Interrupt: 2, MSE: 3, ARIHierarchy: 4 }],
  ];
  test.each(registers)('%s lies where the specification puts it, bit by bit', (_, register, offset, width, bits) => {
    const flags = Object.fromEntries(Object.entries(bits).map(([name, bit]) => [name, 2 ** bit]));
    expect({ ...register, fields: {} }).toEqual({ offset, width, flags, fields: {} });
  });

  test('the numbers of SR-IOV lie where the specification puts them', () => {
    const offsets = Object.entries(SRIOV_NUMBERS).map(([name, { offset }]) => [name, offset]);
    expect(Object.fromEntries(offsets)).toEqual({
      initialVfs: 12,
      totalVfs: 14,
      numVfs: 16,
      firstOffset: 20,
      stride: 22,
      vfDevice: 26,
    });
  });

  test('ACS bits are named in the order of the register', () => {
    expect(acsBitNames(0x1d)).toBe('SrcValid+ ReqRedir+ CmpltRedir+ UpstreamFwd+');
    expect(acsBitNames(0x62)).toBe('TransBlk+ EgressCtrl+ DirectTrans+');
    expect(acsBitNames(0x1000)).toBe('');
  });
});
