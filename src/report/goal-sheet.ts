/** `doctor --for`: the checklist of a goal. */
import { printable } from '../base/index.ts';
import {
  type GoalItem,
  type GoalJudgement,
  type GoalState,
  HARDWARE_FAULTS,
  type HardwareFault,
} from '../diagnose/index.ts';
import { formatBdf, formatKernelVersion } from '../uapi/index.ts';
import { CHECK_WORDS, GOAL_SOURCES } from './goal-words.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { type Block, type Line, list, type Sheet, type Tone, text, toned } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted } from './words.ts';

const TONES: Readonly<Record<GoalState, Tone>> = { holds: 'good', fails: 'bad', unknown: 'open' };

/** The checklist, layer by layer. */
export function goalSheet(subject: Subject, judgement: GoalJudgement): Sheet {
  const { names } = subject;
  const { goal, items } = judgement;
  const rows = items.map((item): readonly Line[] => [
    CHECK_WORDS[item.check].layer,
    needsText(judgement, item),
    [toned(TONES[item.state], item.state)],
    evidenceText(item, names),
  ]);
  const unsettled = items.filter(({ state }) => state !== 'holds');
  const table: Block = { kind: 'table', head: ['layer', 'needs', '', 'seen'], rows, prose: true };
  return {
    title: `peerpath doctor --for ${goal.name}`,
    answer: goalAnswer(judgement),
    context: contextLines(subject),
    sections: [
      { title: '', blocks: [table] },
      ...(unsettled.length === 0
        ? []
        : [
            {
              title: 'What shows it on the machine',
              blocks: [
                list(
                  unsettled.map((item) => `${needsText(judgement, item)}: ${settleText(item)}`),
                  12,
                ),
              ],
            },
          ]),
      { title: 'Who says that it is needed (docs/goals.md)', blocks: [text(...GOAL_SOURCES[goal.name])] },
    ],
  };
}

function goalAnswer({ goal, items }: GoalJudgement): Line {
  const of = (state: GoalState): number => items.filter((item) => item.state === state).length;
  const [fails, unknown] = [of('fails'), of('unknown')];
  if (fails + unknown === 0) return `${goal.name}: all ${counted(items.length, 'requirement')} hold.`;
  const first = items.find(({ state }) => state === 'fails') ?? items.find(({ state }) => state === 'unknown');
  const what = first === undefined ? '' : firstText({ goal, items }, first);
  const counts = [
    ...(fails > 0 ? [`${fails} ${fails === 1 ? 'fails' : 'fail'}`] : []),
    ...(unknown > 0 ? [`${unknown} ${unknown === 1 ? 'is' : 'are'} unknown`] : []),
  ];
  const which = fails > 0 ? 'First that fails' : 'First that is unknown';
  return `${goal.name}: of ${counted(items.length, 'requirement')} ${counts.join(', ')}. ${which}: ${what}.`;
}

/** `kernel: Linux 6.19 or newer`; of hardware the fault itself. */
function firstText(judgement: GoalJudgement, item: GoalItem): string {
  const [fault] = item.check === 'known-faults' ? faultsOf(item.detail ?? '') : [];
  return fault?.title ?? `${CHECK_WORDS[item.check].layer}: ${needsText(judgement, item)}`;
}

function needsText({ goal }: GoalJudgement, { check }: GoalItem): string {
  const { needs } = CHECK_WORDS[check];
  return check === 'kernel-release' && goal.kernel !== undefined
    ? `Linux ${formatKernelVersion(goal.kernel)} or newer`
    : needs;
}

/** What the input says, in one clause. */
function evidenceText({ check, state, devices, of, detail }: GoalItem, names: DeviceNames): string {
  const named = nameList(devices, names, 2);
  const said = detail === undefined ? '' : printable(detail);
  switch (check) {
    case 'devices':
      return named === '' ? 'none' : named;
    case 'kernel-release':
      return said === '' ? 'not in this input' : said;
    case 'known-faults':
      return said === '' ? 'none is in the table' : counted(faultsOf(said).length, 'known fault');
    case 'acs':
      return state === 'holds' ? `${counted(of, 'pair')} below one switch` : `${named} (${counted(of, 'pair')})`;
    case 'iommu-not-translating':
      return state === 'fails' && said !== '' ? `${said}: ${named}` : openText(state, named);
    default:
      if (check.startsWith('CONFIG_')) return said === '' ? openText(state, '') : `by ${said}`;
      return openText(state, named);
  }
}

function openText(state: GoalState, named: string): string {
  if (state === 'unknown') return named === '' ? 'not in this input' : `not told: ${named}`;
  return named;
}

function faultsOf(detail: string): readonly HardwareFault[] {
  return HARDWARE_FAULTS.filter(({ name }) => detail.split(' ').includes(name));
}

/** For single devices the command that looks at the first of them; faults by their titles. */
function settleText({ check, devices, detail }: GoalItem): string {
  const { settle } = CHECK_WORDS[check];
  if (check === 'known-faults' && detail !== undefined)
    return `${faultsOf(detail)
      .map(({ title }) => title)
      .join('; ')} (${settle})`;
  const [only, ...others] = devices;
  return check === 'driver' && only !== undefined && others.length === 0
    ? `${settle} -s ${formatBdf(only.bdf)}`
    : settle;
}

/** `doctor --for --json`. */
export function goalJson(subject: Subject, judgement: GoalJudgement): object {
  const { goal, items } = judgement;
  return {
    ...documentHead('peerpath.goal/1', subject),
    goal: goal.name,
    items: items.map((item) => ({
      check: item.check,
      layer: CHECK_WORDS[item.check].layer,
      needs: needsText(judgement, item),
      state: item.state,
      seen: evidenceText(item, subject.names),
      devices: item.devices.map(({ bdf }) => formatBdf(bdf)),
      settle: item.state === 'holds' ? null : settleText(item),
    })),
    sources: GOAL_SOURCES[goal.name],
  };
}
