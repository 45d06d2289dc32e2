/** The machine held against the model, as a report: how many facts are as predicted, then what is not. */
import type { Cause, FactKind, RecordedFact, Verification } from '../diagnose/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { type Block, facts, type Section, type Sheet, text } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';

/** What is compared, and by which rule it is predicted. */
const KIND_WORDS: Readonly<Record<FactKind, { readonly what: string; readonly rule: string }>> = {
  group: {
    what: 'IOMMU groups',
    rule: 'members follow from the tree, the ACS capabilities and what this boot writes into them',
  },
  'group-link': { what: 'group links', rule: "a function's own link and the list of the group say the same" },
  'domain-type': {
    what: 'default domains',
    rule: 'the type follows from the command line, the configuration and the registers of the IOMMU',
  },
  'acs-control': {
    what: 'ACS Control registers',
    rule: 'Linux sets SV, RR, CR and UF where it uses an IOMMU, and what the command line names; the rest is 0',
  },
  'bus-address': {
    what: 'BARs and bridge windows',
    rule: 'a register holds the CPU address less the offset of its host bridge, which is 0 on x86',
  },
  'within-bridge': {
    what: 'addresses below bridges',
    rule: 'what decodes memory lies in a window of the bridge above',
  },
  'reserved-regions': { what: 'reserved regions', rule: 'every group has those of its IOMMU' },
  parent: { what: 'parents', rule: 'the bridge above is the one whose secondary bus the function is on' },
  identity: { what: 'ids', rule: 'the kernel says what the registers say' },
  'kernel-answer': {
    what: 'answers of peerpath-oracle',
    rule: 'distances and map types are what this release of Linux works out from tree, ACS and host bridges',
  },
  'kernel-message': { what: 'messages of the kernel', rule: 'it says of a pair what the model answers for it' },
  'virtual-function': { what: 'virtual functions', rule: 'they stand at offset and stride of their physical function' },
};

const CAUSE_WORDS: Readonly<Record<Cause, string>> = {
  firmware: 'firmware has set bits that Linux leaves alone',
  'changed-after-boot': 'written after boot, by setpci for example: the groups, formed at boot, are as predicted',
  reset: 'the function sleeps or was reset: its registers lost what the kernel remembers',
  'outside-iommu': 'firmware gives the function to no IOMMU',
  rescan:
    'added after boot: such functions get groups before Linux sees what shares their slot; no isolation stands behind them',
  'reworked-groups':
    'as kernels with the proposed rework of IOMMU groups form them, which is in no release: a port without ACS takes its slot and all below it',
  'acs-override': 'pcie_acs_override= is on the command line: a patch that is in no released kernel claims isolation',
  'cmdline-unknown': 'the kernel command line is not in this input, and decides',
  subtractive: 'the bridge above decodes subtractively: it forwards what nobody claims',
  'firmware-regions': 'firmware lists further regions (RMRR, IVMD)',
  'group-type-written': "the group's type was written after boot",
};

/** The report. */
export function verifySheet(subject: Subject, verification: Verification): Sheet {
  const { names } = subject;
  const { differences, unexplained } = verification;
  const explained = differences.filter(({ cause }) => cause !== undefined);
  return {
    title: 'peerpath verify',
    answer: answerOf(verification),
    context: contextLines(subject),
    sections: [
      ...(unexplained.length === 0 ? [] : [differenceSection('Not as predicted', unexplained, names)]),
      ...(explained.length === 0 ? [] : [differenceSection('Not as predicted, with a known cause', explained, names)]),
      ...(verification.facts.length === 0 ? [] : [countSection(verification)]),
    ],
  };
}

function answerOf({ facts: all, differences, unexplained }: Verification): string {
  if (all.length === 0) {
    return 'Nothing to compare: the input records nothing that the model predicts. A capture does: peerpath capture.';
  }
  const agree = all.length - differences.length;
  const head = `${agree} of ${all.length} recorded facts are as predicted`;
  if (differences.length === 0) return `${head}.`;
  if (unexplained.length === 0)
    return `${head}; a known cause explains ${differences.length === 1 ? 'the other one' : `the other ${differences.length}`}.`;
  return `${head}; nothing explains ${unexplained.length === differences.length ? '' : `${unexplained.length} of `}the other ${differences.length}.`;
}

/** One row for equal differences: both sides, of whom, and why that was predicted. */
function differenceSection(title: string, differences: readonly RecordedFact[], names: DeviceNames): Section {
  const rows = new Map<string, RecordedFact[]>();
  for (const fact of differences) {
    const key = [fact.kind, fact.kind === 'group' ? fact.part : '', fact.recorded, fact.predicted, fact.cause].join(
      '\n',
    );
    rows.set(key, [...(rows.get(key) ?? []), fact]);
  }
  return {
    title,
    blocks: [...rows.values()].flatMap((equal) => differenceBlocks(equal, names)),
  };
}

function differenceBlocks(equal: readonly RecordedFact[], names: DeviceNames): Block[] {
  const [first] = equal;
  if (first === undefined) return [];
  const { kind, part, recorded, predicted, cause } = first;
  const whose = nameList(
    equal.flatMap(({ functions }) => functions.slice(0, 1)),
    names,
    6,
  );
  const { what, rule } = KIND_WORDS[kind];
  const parts = new Set(equal.map((fact) => fact.part));
  const why = cause === undefined ? (['Rule', rule] as const) : (['Cause', CAUSE_WORDS[cause]] as const);
  return [
    text(`${what}: ${whose}${parts.size === 1 && part !== '' ? `, ${part}` : ''}`),
    facts(['Recorded', recorded], ['Predicted', predicted], why),
  ];
}

function countSection({ facts: all }: Verification): Section {
  const rows = Object.entries(KIND_WORDS).flatMap(([kind, { what, rule }]) => {
    const of = all.filter((fact) => fact.kind === kind);
    const agree = of.filter(({ agrees }) => agrees).length;
    return of.length === 0 ? [] : [[what, `${agree} of ${of.length}`, rule]];
  });
  return {
    title: 'What was compared',
    blocks: [{ kind: 'table', head: ['what', 'as predicted', 'rule'], rows, prose: true }],
  };
}

/** `verify --json`. */
export function verifyJson(subject: Subject, verification: Verification): object {
  const counts = Object.keys(KIND_WORDS).flatMap((kind) => {
    const of = verification.facts.filter((fact) => fact.kind === kind);
    return of.length === 0 ? [] : [{ kind, facts: of.length, asPredicted: of.filter(({ agrees }) => agrees).length }];
  });
  return {
    ...documentHead('peerpath.verify/1', subject),
    facts: verification.facts.length,
    asPredicted: verification.facts.length - verification.differences.length,
    unexplained: verification.unexplained.length,
    kinds: counts,
    differences: verification.differences.map(({ kind, functions, part, recorded, predicted, cause }) => ({
      kind,
      functions: functions.map(({ bdf }) => formatBdf(bdf)),
      part,
      recorded,
      predicted,
      rule: KIND_WORDS[kind].rule,
      cause: cause ?? null,
    })),
  };
}
