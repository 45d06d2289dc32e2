/** Whole reports, as the command prints them, for the question that is asked: evidence, near, fix, groups, trace, compare. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { messageOf } from '../../src/base/index.ts';
import type { Sheet } from '../../src/report/index.ts';
import { reportOf } from '../report-desk.ts';
import type { ReportAnswer, ReportQuestion } from '../report-protocol.ts';
import { announcement, askedReport, labelOf, tabs } from '../state.ts';
import type { Tab } from '../tab.ts';
import type { Knows } from '../workers.ts';
import { ComparePicture } from './compare/compare-picture.tsx';
import { DevicePicker } from './pair.tsx';
import { Sections, Words } from './sheet.tsx';

const KINDS = [
  ['evidence', 'Evidence', 'What was understood, from which line, what contradicts, and what would settle most.'],
  ['near', 'Near', 'Which adapters and drives are nearest to which GPU.'],
  ['fix', 'Fix', 'The least change that makes wanted pairs direct, and its price.'],
  ['groups', 'Groups', 'IOMMU groups: what can be given to a virtual machine, and with what.'],
  ['trace', 'Trace', 'The way of one request to an address, hop by hop.'],
  ['compare', 'Compare', 'What differs between two machines, or before and after what is changed.'],
] as const;

type Kind = (typeof KINDS)[number][0];

/** What is chosen. */
interface Chosen {
  readonly kind: Kind;
  readonly want: string;
  readonly requester: number | undefined;
  readonly address: string;
  readonly write: boolean;
  /** Another open machine. */
  readonly other: Tab | undefined;
}

/** A report that was made. */
type Made = Extract<ReportAnswer, { ok: true }>;

/** Kept while other views are looked at. */
const CHOSEN = new WeakMap<Tab, Signal<Chosen>>();

function nothingChosen(tab: Tab): Chosen {
  return {
    kind: 'evidence',
    want: '',
    requester: tab.pair.value?.client,
    address: '',
    write: false,
    other: undefined,
  };
}

/** The reports of a machine. */
export function ReportsView({ tab }: { readonly tab: Tab }) {
  const fresh = useSignal<Chosen>(nothingChosen(tab));
  const chosen = CHOSEN.get(tab) ?? fresh;
  CHOSEN.set(tab, chosen);
  const asked = askedReport.value;
  useEffect(() => {
    if (asked === undefined) return;
    chosen.value = { ...chosen.value, kind: asked, other: undefined };
    askedReport.value = undefined;
  }, [asked, chosen]);
  const shown = useSignal<Made | undefined>(undefined);
  const refused = useSignal<string | undefined>(undefined);
  const { value } = chosen;
  const question = tab.question.value;
  const machine = tab.machine.value;
  /** What the report that is shown answers. */
  const answered = useSignal<readonly unknown[]>([]);
  const busy = [value, question, machine].some((each, at) => each !== answered.value[at]);
  useEffect(() => {
    let current = true;
    void ask(tab, value).then((answer) => {
      if (!current || answer === undefined) return;
      answered.value = [value, question, machine];
      shown.value = typeof answer === 'string' ? undefined : answer;
      refused.value = typeof answer === 'string' ? answer : undefined;
      announcement.value = typeof answer === 'string' ? answer : `The report is there: ${value.kind}.`;
    });
    return () => {
      current = false;
    };
  }, [tab, machine, question, value, answered, shown, refused]);
  const about = KINDS.find(([kind]) => kind === value.kind)?.[2];
  const set = (part: Partial<Chosen>): void => {
    chosen.value = { ...value, ...part };
  };
  return (
    <section class="reports" aria-label="Reports" aria-busy={busy}>
      <div class="tools report-kinds" role="group" aria-label="Which report">
        {KINDS.map(([kind, words]) => (
          <button
            key={kind}
            type="button"
            class="quiet"
            aria-pressed={kind === value.kind}
            data-report={kind}
            onClick={() => set({ kind })}
          >
            {words}
          </button>
        ))}
      </div>
      <p class="muted about-report">{about}</p>
      <Choices tab={tab} value={value} set={set} />
      <div class="report" inert={busy}>
        {refused.value !== undefined && <p class="notice bad">{refused.value}</p>}
        {shown.value !== undefined && <Report sheet={shown.value.sheet} />}
        {shown.value?.picture !== undefined && <ComparePicture tab={tab} picture={shown.value.picture} />}
        {shown.value === undefined && refused.value === undefined && <p class="muted">Working it out…</p>}
      </div>
    </section>
  );
}

function Report({ sheet: { answer, context, sections } }: { readonly sheet: Sheet }) {
  return (
    <>
      <p class="report-answer">
        <Words line={answer} />
      </p>
      {context.map((line, at) => (
        <p key={at} class="muted">
          <Words line={line} />
        </p>
      ))}
      <Sections sections={sections} />
    </>
  );
}

interface ChoicesProps {
  readonly tab: Tab;
  readonly value: Chosen;
  readonly set: (part: Partial<Chosen>) => void;
}

/** What a report is to be about. */
function Choices({ tab, value, set }: ChoicesProps) {
  switch (value.kind) {
    case 'fix':
      return (
        <label class="report-choice">
          Wanted pairs{' '}
          <input
            type="text"
            spellcheck={false}
            placeholder="gpu*<->nic*, nearest, …; empty: GPUs with all"
            value={value.want}
            onChange={(event) => set({ want: event.currentTarget.value })}
          />
        </label>
      );
    case 'trace':
      return (
        <div class="tools report-choice">
          <DevicePicker
            tab={tab}
            id="trace-requester"
            label="Who asks"
            value={value.requester}
            onPick={(requester) => set({ requester })}
          />
          <label>
            Address{' '}
            <input
              type="text"
              spellcheck={false}
              placeholder="0x20e000000000"
              value={value.address}
              onChange={(event) => set({ address: event.currentTarget.value })}
            />
          </label>
          <label>
            <input
              type="checkbox"
              checked={value.write}
              onChange={(event) => set({ write: event.currentTarget.checked })}
            />{' '}
            writes
          </label>
        </div>
      );
    case 'compare': {
      const others = tabs.value.filter((other) => other !== tab);
      return (
        <label class="report-choice">
          With{' '}
          <select
            value={value.other === undefined ? '' : String(others.indexOf(value.other))}
            onChange={(event) => set({ other: others[Number(event.currentTarget.value || -1)] })}
          >
            <option value="">this machine as it is, without what is changed</option>
            {others.map((other, at) => (
              <option key={other} value={String(at)}>
                {labelOf(other)}
              </option>
            ))}
          </select>
        </label>
      );
    }
    default:
      return null;
  }
}

/** A report, or a sentence why there is none; undefined where nobody waits for it any more. */
async function ask(tab: Tab, chosen: Chosen): Promise<Made | string | undefined> {
  const other: Knows = chosen.kind === 'compare' ? (chosen.other?.knows ?? 'captures') : 'captures';
  try {
    const answer = await reportOf(tab, questionOf(chosen), other);
    return answer === undefined || answer.ok ? answer : answer.error;
  } catch (error) {
    return messageOf(error);
  }
}

function questionOf({ kind, want, requester, address, write, other }: Chosen): ReportQuestion {
  switch (kind) {
    case 'fix':
      return { what: 'fix', want };
    case 'trace':
      return { what: 'trace', requester: requester ?? -1, address, kind: write ? 'write' : 'read' };
    case 'compare':
      return { what: 'compare', other: other?.input };
    default:
      return { what: kind };
  }
}
