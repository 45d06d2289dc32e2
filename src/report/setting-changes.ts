/** What a what-if changes about single functions: ACS control and the IOMMU group. */
import { gather } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import type { Situation } from '../diagnose/index.ts';
import { acsOf, BASIC_ACS_BITS, type PciFunction } from '../pci/index.ts';
import { acsBitNames, formatBdf } from '../uapi/index.ts';
import { acsJson } from './devices-json.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { type Section, text } from './sheet/index.ts';
import type { WhatIfReport } from './subject.ts';

/** ACS control before and after, in words lspci uses. */
export interface SettingChange {
  readonly fn: PciFunction;
  readonly from: string;
  readonly to: string;
}

/** Functions whose ACS control changes, as far as it is known. */
export function settingChanges({ before, after }: WhatIfReport, functions: readonly PciFunction[]): SettingChange[] {
  return functions.flatMap((fn) => {
    const from = controlText(before, fn);
    const to = controlText(after, fn);
    return from === to ? [] : [{ fn, from, to }];
  });
}

/** ACS control in a situation: bit names, `off`, `-` without the capability, `unknown` where it is open. */
export function controlText({ machine, boot }: Situation, fn: PciFunction): string {
  const registers = acsOf(machine.acs, fn);
  if (registers.state === 'absent') return '-';
  if (registers.state === 'unreadable') return boot === undefined ? 'unreadable' : 'unknown';
  const { value, known } = registers.value.control;
  const names = acsBitNames(value & BASIC_ACS_BITS);
  return (known & BASIC_ACS_BITS) === BASIC_ACS_BITS ? names || 'off' : `${names} (others unknown)`.trim();
}

/** The group's number; its number under the what-if where that is known. */
export function groupText(fn: PciFunction, whatIf: WhatIfReport | undefined): string {
  if (whatIf === undefined) {
    const number = factValue(fn.captured.iommuGroup);
    return number === undefined ? '-' : String(number);
  }
  const { groups } = whatIf.after;
  if (groups === undefined || groups.state === 'unknown') return '?';
  const number = groups.groups.of(fn)?.number;
  return number === undefined ? '-' : String(number);
}

/** Whose ACS control changes. */
export function settingSection(whatIf: WhatIfReport, functions: readonly PciFunction[], names: DeviceNames): Section {
  const turns = new Map<string, PciFunction[]>();
  for (const { fn, from, to } of settingChanges(whatIf, functions)) gather(turns, `${from} → ${to}`, fn);
  const lines = [...turns].map(([turn, fns]) => `ACS ${turn}: ${nameList(fns, names, 6)}`);
  return { title: 'What changes', blocks: [text(...(lines.length > 0 ? lines : ['No ACS control changes.']))] };
}

/** As JSON; `ctrl` is Control as it becomes, null where bits of it are not known. */
export function settingChangeJson({ after }: WhatIfReport, { fn, from, to }: SettingChange): object {
  return { device: formatBdf(fn.bdf), acs: { from, to }, ctrl: acsJson(after, fn).ctrl };
}
