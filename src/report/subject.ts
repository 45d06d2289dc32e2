/** What every report says about itself: the machine it is of, the kernel it speaks for, and what was supposed. */
import type { Analysis } from '../analyze.ts';
import { printable } from '../base/index.ts';
import type { Assumption, Situation } from '../diagnose/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { kernelJson, kernelLine } from './kernel-words.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import type { Reader } from './reader.ts';
import { type Line, strong } from './sheet/index.ts';

/** What a report is of. */
export interface Subject {
  /** The machine that is asked about: as the what-if has it, else as it is. */
  readonly analysis: Analysis;
  readonly names: DeviceNames;
  /** Undefined where nothing is supposed. */
  readonly whatIf: WhatIfReport | undefined;
  /** Default: `command`. */
  readonly reader?: Reader;
}

/** A what-if, ready to be shown against the present. */
export interface WhatIfReport {
  /** As it was asked: options as they were typed, or what was chosen on the page. */
  readonly asked: string;
  readonly before: Situation;
  readonly after: Situation;
}

/** Below the answer of every report: what if, and as which kernel. */
export function contextLines({ analysis, names, whatIf, reader }: Subject): Line[] {
  return [...(whatIf === undefined ? [] : whatIfLines(whatIf, names)), kernelLine(analysis.machine, reader)];
}

/** The head of every document: `schema`, `kernel`, and `whatIf` where something is supposed. */
export function documentHead(schema: string, { analysis, names, whatIf }: Subject): object {
  return {
    schema,
    kernel: kernelJson(analysis.machine),
    ...(whatIf === undefined ? {} : { whatIf: whatIfJson(whatIf, names) }),
  };
}

type Note = Situation['notes'][number];

/** "What if --acs clear:all" and, below it, assumptions and notes. */
export function whatIfLines({ asked, after }: WhatIfReport, names: DeviceNames): Line[] {
  const notes = situationNotes(after, names).map((note): Line => [`  ${note}`]);
  return [[strong('What if'), ` ${printable(asked)}`], ...notes];
}

/** What a situation takes for granted, and what has no effect in it, a sentence each. */
export function situationNotes({ assumptions, notes }: Situation, names: DeviceNames): string[] {
  return [
    ...assumptions.map((assumption) => `Taken for granted: ${assumptionText(assumption, names)}`),
    ...new Set(notes.map((note) => `Note: ${noteText(note)}`)),
  ];
}

/** One sentence. */
function assumptionText({ code, ports }: Assumption, names: DeviceNames): string {
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
      return `${what}: no Linux that peerpath knows has this option, so it does nothing.`;
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
