/** What stands in the way of peer-to-peer DMA, and what is odd about the machine or its input; each leads to its place. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { plainLine } from '../../src/report/index.ts';
import type { AilmentView, ExaminationView, FindingView } from '../protocol.ts';
import { showDevice } from '../state.ts';
import type { Tab } from '../tab.ts';
import { Ailment } from './ailment.tsx';

const MOST_SHOWN = 300;
/** Machines up to this size are examined without being asked: the worker is done before anybody looks. */
const AT_ONCE = 1500;

/** Has each situation examined once it is shown: large machines only while the findings are looked at. */
export function useExamination(tab: Tab, looking: boolean): void {
  const machine = tab.machine.value;
  const situation = tab.situation.value;
  const wanted = situation !== undefined && (looking || machine.functions.length <= AT_ONCE);
  useEffect(() => {
    if (!wanted) return;
    // Later than what is looked at now, and once for many quick changes.
    const timer = setTimeout(() => tab.examine(), 250);
    return () => clearTimeout(timer);
  }, [tab, machine, situation, wanted]);
}

/** How many findings there are, as far as they are known. */
export function countFindings(tab: Tab): number {
  return tab.machine.value.findings.length + (tab.examination.value?.ailments.length ?? 0);
}

const WEIGHTS: readonly (readonly [AilmentView['weight'], string])[] = [
  ['blocks', 'Stands in the way'],
  ['exposes', 'Isolates less than it seems to'],
  ['slows', 'Costs speed, or a feature'],
  ['tells', 'Good to know'],
];

/** All findings, what weighs most first. */
export function FindingsView({ tab }: { readonly tab: Tab }) {
  const filter = useSignal('');
  const examination = tab.examination.value;
  const words = filter.value.trim().toLowerCase();
  const ailments = (examination?.ailments ?? []).filter((each) => holds(words, textOf(tab, each)));
  const findings = tab.machine.value.findings.filter((each) =>
    holds(words, `${each.where} ${each.text} ${each.code} ${each.at < 0 ? '' : tab.nameOf(each.at)}`),
  );
  const all = countFindings(tab);
  return (
    <section class="findings" aria-label="Findings" tabIndex={-1} aria-busy={!tab.examined.value}>
      <div class="tools">
        <input
          type="search"
          class="filter"
          placeholder="Filter findings"
          aria-label="Filter findings"
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
          }}
        />
        <span class="muted" role="status">
          {!tab.examined.value
            ? 'Looking at all pairs…'
            : words === ''
              ? `${all} finding${all === 1 ? '' : 's'}`
              : `${ailments.length + findings.length} of ${all} findings`}
        </span>
      </div>
      <Healthy tab={tab} examination={tab.examined.value ? examination : undefined} />
      {examination?.leftOut !== undefined && <p class="notice">{examination.leftOut}</p>}
      {WEIGHTS.map(([weight, title]) => (
        <Weighed key={weight} tab={tab} title={title} ailments={ailments.filter((each) => each.weight === weight)} />
      ))}
      {/* Known before, and shown when all is: it would move down under the pointer. */}
      {examination !== undefined && (
        <>
          <InputFindings tab={tab} title="Damaged in the input" findings={findings.filter(isDamage)} />
          <InputFindings
            tab={tab}
            title="Odd in the machine or the input"
            findings={findings.filter((each) => !isDamage(each))}
          />
        </>
      )}
    </section>
  );
}

function isDamage({ severity }: FindingView): boolean {
  return severity === 'damaged';
}

function holds(words: string, text: string): boolean {
  return words === '' || text.toLowerCase().includes(words);
}

function textOf(tab: Tab, { code, section, devices }: AilmentView): string {
  const facts = section.blocks.flatMap((block) => (block.kind === 'facts' ? block.facts : []));
  const sentences = facts.map(([, line]) => plainLine(line));
  return [code, section.title, ...sentences, ...devices.map((index) => tab.nameOf(index))].join('\n');
}

/** Nothing is wrong: said, not left to be guessed. */
function Healthy({ tab, examination }: { readonly tab: Tab; readonly examination: ExaminationView | undefined }) {
  if (examination === undefined) return null;
  const input = tab.machine.value.findings.length === 0;
  const way = examination.ailments.length === 0 && examination.leftOut === undefined;
  if (!input && !way) return null;
  return (
    <ul class="healthy">
      {way && <li>Nothing found that stands in the way of peer-to-peer DMA.</li>}
      {input && <li>Nothing in the input is damaged, and addresses and bus numbers fit together.</li>}
    </ul>
  );
}

interface WeighedProps {
  readonly tab: Tab;
  readonly title: string;
  readonly ailments: readonly AilmentView[];
}

function Weighed({ tab, title, ailments }: WeighedProps) {
  if (ailments.length === 0) return null;
  return (
    <>
      <h2 class="weight">
        {title} <span class="count">{ailments.length}</span>
      </h2>
      <ul class="ailments">
        {ailments.slice(0, MOST_SHOWN).map((ailment) => (
          <Ailment key={`${ailment.code} ${ailment.section.title}`} tab={tab} ailment={ailment} />
        ))}
      </ul>
      <More count={ailments.length} />
    </>
  );
}

interface InputFindingsProps {
  readonly tab: Tab;
  readonly title: string;
  readonly findings: readonly FindingView[];
}

function InputFindings({ tab, title, findings }: InputFindingsProps) {
  if (findings.length === 0) return null;
  return (
    <>
      <h2 class="weight">
        {title} <span class="count">{findings.length}</span>
      </h2>
      <ul class="finding-list">
        {findings.slice(0, MOST_SHOWN).map((finding, at) => (
          <li key={`${finding.code} ${finding.where} ${at}`} class={finding.severity}>
            <span class="where">
              {finding.at >= 0 ? (
                <button type="button" class="link" onClick={() => showDevice(tab, finding.at, 'tree')}>
                  {finding.where}
                </button>
              ) : (
                finding.where
              )}
            </span>
            <span class="text">{finding.text}</span>
            <code>{finding.code}</code>
          </li>
        ))}
      </ul>
      <More count={findings.length} />
    </>
  );
}

function More({ count }: { readonly count: number }) {
  return count <= MOST_SHOWN ? null : <p class="muted">{count - MOST_SHOWN} more; filter to see them.</p>;
}
