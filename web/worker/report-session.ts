/** Whole reports of one machine: the documents that the command prints, drawn by the page. */
import { type Analysis, analyze } from '../../src/analyze.ts';
import { answerTrace } from '../../src/answers/index.ts';
import { printable } from '../../src/base/index.ts';
import {
  defaultWants,
  diffMachines,
  focusOf,
  type IommuMode,
  isEndpoint,
  makePlan,
  nearestDevices,
  openPairs,
  type Situation,
  type Want,
  WISHES,
  wantPairs,
  wishPairs,
} from '../../src/diagnose/index.ts';
import { PciNames } from '../../src/pci/index.ts';
import {
  deviceNames,
  diffSheet,
  evidenceSheet,
  groupsSheet,
  nearSheet,
  planSheet,
  type Sheet,
  type Subject,
  selectFunctions,
  traceSheet,
} from '../../src/report/index.ts';
import type { WhatIfChoice } from '../protocol.ts';
import type { ReportAnswer, ReportQuestion, ReportRequests } from '../report-protocol.ts';
import { compareView } from './compare-view.ts';
import type { InputReader } from './read-described.ts';
import { asksSomething, situationOf } from './situation.ts';

/** Answers by name of the request. */
export type ReportHandlers = {
  readonly [Name in keyof ReportRequests]: (
    argument: ReportRequests[Name][0],
  ) => ReportRequests[Name][1] | Promise<ReportRequests[Name][1]>;
};

/** Reports weigh every pair: more endpoints would take minutes. */
const MOST_ENDPOINTS = 2048;

/** Why a report cannot be given, in a sentence. */
class NoReport extends Error {}

/** A session without a machine; `reportOn` comes first. @param reader reads what this worker knows */
export function reportSession(reader: InputReader): ReportHandlers {
  let present: Analysis | undefined;
  let pciNames: PciNames | undefined;
  return {
    async reportOn({ input, pciIds }) {
      const read = await reader.machine(input);
      if (!read.ok) return { ok: false, ...read.error };
      present = analyze(read.value.capture);
      pciNames = pciIds === undefined ? undefined : new PciNames(pciIds);
      return { ok: true };
    },
    async report({ whatIf, question }) {
      if (present === undefined) throw new Error('no machine is open');
      try {
        return await answer(new Reports(present, whatIf, pciNames, reader), question);
      } catch (error) {
        if (error instanceof NoReport) return { ok: false, error: error.message };
        throw error;
      }
    },
  };
}

async function answer(reports: Reports, question: ReportQuestion): Promise<ReportAnswer> {
  if (question.what === 'compare')
    return question.other === undefined ? reports.changed() : reports.compare(question.other);
  return { ok: true, sheet: reports.sheet(question) };
}

/** Reports of one machine under one question. */
class Reports {
  readonly #present: Analysis;
  readonly #situation: Situation;
  readonly #subject: Subject;
  readonly #pciNames: PciNames | undefined;
  readonly #reader: InputReader;

  constructor(present: Analysis, whatIf: WhatIfChoice, pciNames: PciNames | undefined, reader: InputReader) {
    this.#present = present;
    this.#situation = situationOf(present, whatIf);
    this.#pciNames = pciNames;
    this.#reader = reader;
    this.#subject = {
      analysis: { ...present, machine: this.#situation.machine, situation: this.#situation },
      names: deviceNames(present.topology, pciNames),
      reader: 'page',
      whatIf: asksSomething(whatIf)
        ? { asked: asChosen(whatIf), before: present.situation, after: this.#situation }
        : undefined,
    };
    const endpoints = present.topology.functions.filter(isEndpoint).length;
    if (endpoints > MOST_ENDPOINTS)
      throw new NoReport(
        `This page makes reports of at most ${MOST_ENDPOINTS} endpoints; this machine has ${endpoints}.`,
      );
  }

  sheet(question: Exclude<ReportQuestion, { what: 'compare' }>): Sheet {
    const subject = this.#subject;
    const { machine } = this.#situation;
    switch (question.what) {
      case 'evidence':
        return evidenceSheet(subject, openPairs(machine, focusOf(machine.topology.functions).devices));
      case 'near':
        return nearSheet(subject, nearestDevices(machine));
      case 'groups':
        return groupsSheet(subject);
      case 'fix': {
        const plan = { wants: this.#wants(question.want), goal: 'direct', keepIsolated: [] } as const;
        return planSheet(subject, makePlan(this.#situation, plan));
      }
      case 'trace':
        return this.#trace(question);
    }
  }

  /** Before and after what is changed. */
  changed(): ReportAnswer {
    const subject = this.#subject;
    const before = { ...subject, analysis: this.#present, whatIf: undefined };
    const diff = diffMachines(this.#present.situation, this.#situation);
    const sheet = diffSheet({ a: before, b: subject }, diff);
    const asked = subject.whatIf === undefined ? 'the same: nothing is changed' : `what if ${subject.whatIf.asked}`;
    const { names } = subject;
    const sides = [
      { analysis: this.#present, situation: this.#present.situation, names },
      { analysis: this.#present, situation: this.#situation, names },
    ] as const;
    return {
      ok: true,
      sheet: { ...sheet, context: [`A is the machine as it is, B ${printable(asked)}.`, ...sheet.context] },
      picture: compareView(...sides, diff, true),
    };
  }

  async compare(other: NonNullable<Extract<ReportQuestion, { what: 'compare' }>['other']>): Promise<ReportAnswer> {
    const read = await this.#reader.machine(other);
    if (!read.ok) return { ok: false, ...read.error };
    const analysis = analyze(read.value.capture);
    const b: Subject = {
      analysis,
      names: deviceNames(analysis.topology, this.#pciNames),
      whatIf: undefined,
      reader: 'page',
    };
    const diff = diffMachines(this.#situation, analysis.situation);
    const sides = [
      { analysis: this.#present, situation: this.#situation, names: this.#subject.names },
      { analysis, situation: analysis.situation, names: b.names },
    ] as const;
    return { ok: true, sheet: diffSheet({ a: this.#subject, b }, diff), picture: compareView(...sides, diff, false) };
  }

  #wants(text: string): readonly Want[] {
    const { functions } = this.#present.topology;
    const words = text.trim();
    if (words === '') return defaultWants(this.#situation.machine);
    const wish = WISHES.find((name) => name === words);
    if (wish !== undefined) return wishPairs(functions, wish);
    const sides = /^(.+?)\s*(<->|->)\s*(.+)$/.exec(words);
    if (sides === null) throw new NoReport(`Write pairs as gpu*<->nic* or gpu0->nic0, or ${WISHES.join(', ')}.`);
    const [, left = '', arrow, right = ''] = sides;
    const [providers, clients] = [this.#select(left), this.#select(right)];
    return wantPairs(providers, clients, arrow === '<->');
  }

  #select(text: string) {
    const found = text.split(',').flatMap((part) => selectFunctions(this.#present.topology, this.#subject.names, part));
    if (found.length === 0) throw new NoReport(`This machine has no device "${text.trim()}".`);
    return [...new Set(found)];
  }

  #trace({ requester, address, kind }: Extract<ReportQuestion, { what: 'trace' }>): Sheet {
    const fn = this.#present.topology.functions[requester];
    if (fn === undefined || !/^0x[0-9a-f]{1,16}$/i.test(address.trim()))
      throw new NoReport('Choose who asks, and write the address like 0x20e000000000.');
    const question = { requester: fn, address: BigInt(address.trim()), kind, stage: undefined };
    return traceSheet(this.#subject, answerTrace(this.#situation, question));
  }
}

/** A question in the words of the page. */
function asChosen({ kernel, iommu, cmdline, cpu, hostBridge, acs }: WhatIfChoice): string {
  const words = [
    ...(kernel === undefined ? [] : [`Linux ${kernel}`]),
    ...(cpu === undefined ? [] : [cpu === 'zen' ? 'an AMD Zen processor' : 'a processor other than Zen']),
    ...(iommu === undefined ? [] : [IOMMU_WORDS[iommu]]),
    ...(cmdline === undefined ? [] : [`the command line “${cmdline}”`]),
    ...(acs.length === 0 ? [] : [`ACS of ${acs.length} port${acs.length === 1 ? '' : 's'} changed`]),
    ...(hostBridge === undefined ? [] : [`host bridges ${hostBridge}`]),
  ];
  return words.join(', ');
}

const IOMMU_WORDS: Readonly<Record<IommuMode, string>> = {
  off: 'no IOMMU',
  pt: 'the IOMMU in pass-through',
  dma: 'an IOMMU that translates, strict',
  'dma-fq': 'an IOMMU that translates, lazy',
};
