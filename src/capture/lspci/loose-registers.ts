/** Registers from lines whose capability line is missing: people grep for `ACSCtl`, and scripts print it alone. */
import { ACS_CAP, ACS_CTRL, PCI_EXT_CAP_ID_ACS } from '../../uapi/index.ts';
import type { PartFunction } from '../capture-part.ts';
import { known } from '../fact.ts';
import { applyRules } from './apply-rules.ts';
import { expressType } from './express-type.ts';
import type { MaskedBytes } from './masked-bytes.ts';
import { registerRules } from './register-rules.ts';

/** The bits that lspci prints: Source Validation ... Direct Translated P2P. */
const PRINTED = 0x7f;

/** What the lines tell: nothing of a register of which a bit is missing. */
export function looseRegisters(
  lines: readonly string[],
  scratch: MaskedBytes,
): Pick<PartFunction, 'printedAcs' | 'expressType'> {
  if (lines.length === 0) return {};
  const express = lines.find((line) => line.startsWith('Express '));
  const type = express === undefined ? undefined : expressType(express);
  const printedAcs = acsOf(
    lines.filter((line) => line.startsWith('ACSC')),
    scratch,
  );
  return { ...(type !== undefined && { expressType: known(type) }), ...(printedAcs && { printedAcs }) };
}

function acsOf(lines: readonly string[], scratch: MaskedBytes): PartFunction['printedAcs'] | undefined {
  applyRules(registerRules(true, PCI_EXT_CAP_ID_ACS), { offset: 0, title: '', lines }, scratch);
  const { bytes, mask } = scratch.finish();
  const register = (at: number): number | undefined => ((mask[at] ?? 0) === PRINTED ? (bytes[at] ?? 0) : undefined);
  const [cap, control] = [register(ACS_CAP.offset), register(ACS_CTRL.offset)];
  return cap === undefined && control === undefined ? undefined : { cap, control };
}
