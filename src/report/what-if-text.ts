/** What a question supposes, takes for granted, and what has no effect, in words. */
import { printable } from '../base/index.ts';
import type { Assumption, Situation } from '../diagnose/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import type { Paint } from './paint.ts';

/** A what-if, ready to be shown against the present. */
export interface WhatIfReport {
  /** The options as they were typed. */
  readonly asked: string;
  readonly before: Situation;
  readonly after: Situation;
}

type Note = Situation['notes'][number];

/** "What if --acs clear:all" and, below it, assumptions and notes. */
export function whatIfLines(whatIf: WhatIfReport, names: DeviceNames, paint: Paint): string[] {
  const { assumptions, notes } = whatIf.after;
  return [
    `${paint.bold('What if')} ${printable(whatIf.asked)}`,
    ...assumptions.map((assumption) => `  Taken for granted: ${assumptionText(assumption, names)}`),
    ...notes.map((note) => `  Note: ${noteText(note)}`),
  ];
}

/** One sentence. */
export function assumptionText({ code, ports }: Assumption, names: DeviceNames): string {
  switch (code) {
    case 'firmware-acs-zero':
      return `firmware leaves ACS off at ${nameList(ports, names, 4)}: Linux has written over what it left there.`;
    case 'iommu-present':
      return 'the machine has an IOMMU; the input shows none, and one that is switched off leaves no trace.';
    case 'cmdline-unknown':
      return 'nothing else is on the kernel command line, which is not in the input.';
  }
}

/** One sentence. */
export function noteText({ code, option }: Note): string {
  const what = printable(option);
  switch (code) {
    case 'needs-newer-kernel':
      return `${what}: this kernel does not have the option (it came with Linux 6.12).`;
    case 'no-device-matches':
      return `${what}: names no device with ACS in this machine, so it does nothing.`;
    case 'match-unknown':
      return `${what}: whether it names a device with ACS is not known: ids or capabilities that decide are not in this input.`;
    case 'no-such-option':
      return `${what}: no Linux has this option, so it does nothing.`;
    case 'out-of-tree':
      return `${what}: only kernels with an out-of-tree patch have it. It redirects nothing and makes no pair direct: it only claims isolation that is not there.`;
    case 'lost-after-comma':
      return `${what}: lost, the kernel splits pci= at commas; separate devices by semicolons.`;
    case 'overridden':
      return `${what}: has no effect, the same option comes again later.`;
    case 'bad-value':
      return `${what}: the kernel refuses this value.`;
    case 'not-on-this-architecture':
      return `${what}: an x86 option, without effect here.`;
  }
}

/** The what-if as JSON. */
export function whatIfJson({ asked, after }: WhatIfReport, names: DeviceNames): object {
  return {
    asked,
    assumptions: after.assumptions.map((assumption) => ({
      code: assumption.code,
      text: assumptionText(assumption, names),
      devices: assumption.ports.map(({ bdf }) => formatBdf(bdf)),
    })),
    notes: after.notes.map((note) => ({ code: note.code, option: note.option, text: noteText(note) })),
  };
}
