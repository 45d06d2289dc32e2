import { describe, expect, test } from 'vitest';
import {
  ACS_CAP,
  ATS_CAP,
  acsBitNames,
  EXP_DEVCTL,
  EXP_LNKSTA,
  fieldBits,
  fieldValue,
  linkSpeedOf,
  MSI_CONTROL,
  MSIX_CONTROL,
  REBAR_CTRL,
  type RegisterField,
  registerBits,
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

  test('ACS bits are named in the order of the register', () => {
    expect(acsBitNames(0x1d)).toBe('SrcValid+ ReqRedir+ CmpltRedir+ UpstreamFwd+');
    expect(acsBitNames(0x62)).toBe('TransBlk+ EgressCtrl+ DirectTrans+');
    expect(acsBitNames(0x1000)).toBe('');
  });
});
