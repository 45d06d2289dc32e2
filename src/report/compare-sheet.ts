/** What importers get of memory under several kernels, side by side. */
import type { ComparedImporter, ImportAnswer, ImportProof, MapQuestion } from '../answers/index.ts';
import { hex, sizeText } from '../base/index.ts';
import type { MapFlow } from '../dma-buf/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { shortName } from './name-list.ts';
import { facts, type Line, list, type Section, type Sheet, strong, type Tone, toned } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted } from './words.ts';

/** The answers of one kernel. */
export interface ComparedAnswers {
  /** The kernel, as it was asked for. */
  readonly name: string;
  readonly question: MapQuestion;
  /** One per kind of importer, in the order of all kernels. */
  readonly imports: readonly ImportAnswer[];
}

const IMPORTER_WORDS: Readonly<Record<ComparedImporter, string>> = {
  dynamic: 'Drivers that can use peer memory (mlx5, amdgpu, xe)',
  static: 'Drivers that need memory with pages (V4L2, generic DRM)',
  iommufd: 'iommufd: the address space of a device in user hands',
  'own-link': 'Drivers with a link of their own',
};

const FLOW_WORDS: Readonly<Record<MapFlow, string>> = {
  'bus-addr': 'bus addresses',
  iova: 'one run of I/O addresses',
  direct: 'physical addresses',
};

/** The document. */
export function compareSheet(subject: Subject, compared: readonly ComparedAnswers[]): Sheet {
  const first = compared[0];
  const sections: Section[] = (first?.imports ?? []).map(({ importer }, index) => ({
    title: IMPORTER_WORDS[importer],
    blocks: [facts(...compared.map(({ name, imports }) => [name, answerLine(imports[index])] as const))],
  }));
  const defects = [...new Set(compared.flatMap(({ imports }) => imports.flatMap((answer) => answer.defects)))];
  if (defects.length > 0) sections.push({ title: 'Defects met', blocks: [list(defects)] });
  return { title: 'peerpath map', answer: headline(subject, compared), context: contextLines(subject), sections };
}

function headline({ names }: Subject, compared: readonly ComparedAnswers[]): Line {
  const [first] = compared;
  if (first === undefined) return 'No kernel was named.';
  const { memory, importer } = first.question;
  const { owner, bar } = memory.provider;
  const what = `BAR ${bar} of ${shortName(owner, names)} for ${shortName(importer, names)}`;
  const differ = first.imports.filter((answer, index) =>
    compared.some(({ imports }) => shape(imports[index]) !== shape(answer)),
  ).length;
  const kernels = compared.map(({ name }) => name).join(' and ');
  const rest =
    differ === 0
      ? 'no importer is answered otherwise'
      : `${differ} of ${counted(first.imports.length, 'kind')} of importers are answered otherwise`;
  return [strong('Compared:', differ === 0 ? 'good' : 'warn'), ` ${what} under ${kernels}: ${rest}.`];
}

/** What one importer gets of memory, where mapping types are negotiated: what a page shows beside the table. */
export function importSheet(subject: Subject, question: MapQuestion, answer: ImportAnswer): Sheet {
  const { memory, importer } = question;
  const { owner, bar, resource } = memory.provider;
  const { names } = subject;
  const what = `BAR ${bar} of ${shortName(owner, names)} for ${shortName(importer, names)}`;
  const line = answerLine(answer);
  const rows = memory.ranges.map(({ offset, length }, index) => [
    `range ${index}`,
    hex(resource.cpu.start + offset),
    sizeText(length),
  ]);
  const sections: Section[] =
    answer.state === 'list'
      ? [{ title: 'Physical addresses, in order', blocks: [{ kind: 'table', head: ['', 'address', 'length'], rows }] }]
      : [];
  if (answer.defects.length > 0) sections.push({ title: 'Defects met', blocks: [list(answer.defects)] });
  return {
    title: 'peerpath map',
    answer: [`${what}: `, ...(typeof line === 'string' ? [line] : line), '.'],
    context: contextLines(subject),
    sections,
  };
}

/** What must be equal for two answers to be the same. */
function shape(answer: ImportAnswer | undefined): string {
  if (answer === undefined) return '';
  switch (answer.state) {
    case 'refused':
      return `${answer.step} ${answer.errno}`;
    case 'table':
      return `table ${answer.flow} ${answer.entries} ${answer.proof}`;
    case 'list':
      return `list ${answer.ranges} ${answer.proof}`;
    case 'unknown':
      return 'unknown';
  }
}

function answerLine(answer: ImportAnswer | undefined): Line {
  if (answer === undefined) return '';
  const line = (tone: Tone, word: string, rest: string): Line => [toned(tone, word), rest];
  switch (answer.state) {
    case 'unknown':
      return line('open', 'unknown', `: ${answer.why}`);
    case 'refused':
      return line('bad', `-${answer.errno}`, ` at ${answer.step}: ${answer.at}`);
    case 'table':
      return line(
        PROOF_TONES[answer.proof],
        'a table',
        `: ${counted(answer.entries, 'entry', 'entries')}, ${FLOW_WORDS[answer.flow]}${PROOF_WORDS[answer.proof]}`,
      );
    case 'list':
      return line(
        PROOF_TONES[answer.proof],
        'a physical list',
        `: ${counted(answer.ranges, 'range')}, one run of I/O addresses from ${hex(answer.iova)}${PROOF_WORDS[answer.proof]}`,
      );
  }
}

const PROOF_TONES: Readonly<Record<ImportProof, Tone>> = { proved: 'good', open: 'open', refuted: 'bad' };

const PROOF_WORDS: Readonly<Record<ImportProof, string>> = {
  proved: ', proved',
  open: '; whether every byte arrives is open: the hardware between is not known well enough',
  refuted: '; NOT every byte reaches the memory',
};

/** The same for programs. */
export function compareJson(subject: Subject, compared: readonly ComparedAnswers[]): object {
  const question = compared[0]?.question;
  return {
    ...documentHead('peerpath.map-compare/1', subject),
    provider: question === undefined ? null : formatBdf(question.memory.provider.owner.bdf),
    bar: question?.memory.provider.bar ?? null,
    importer: question === undefined ? null : formatBdf(question.importer.bdf),
    kernels: compared.map(({ name, imports }) => ({ name, imports: imports.map(importJson) })),
  };
}

function importJson(answer: ImportAnswer): object {
  return {
    importer: answer.importer,
    state: answer.state,
    ...(answer.state === 'unknown' ? { why: answer.why } : {}),
    ...(answer.state === 'refused' ? { step: answer.step, errno: answer.errno, at: answer.at } : {}),
    ...(answer.state === 'table' ? { flow: answer.flow, entries: answer.entries, proof: answer.proof } : {}),
    ...(answer.state === 'list' ? { ranges: answer.ranges, iova: hex(answer.iova), proof: answer.proof } : {}),
    defects: answer.defects,
  };
}
