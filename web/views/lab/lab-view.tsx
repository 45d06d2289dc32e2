/** The lab: a scenario played step by step, with its packets on the tree and its bytes in the memory. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { LabPlay } from '../../lab-play.ts';
import type { LabView } from '../../lab-protocol.ts';
import { openScenario, playHere } from '../../opening.ts';
import { announcement } from '../../state.ts';
import type { Tab } from '../../tab.ts';
import { fittingScenarios } from '../../workers.ts';
import { CopyBlock } from '../copy.tsx';
import { ScenarioCards } from '../scenario-list.tsx';
import { Controls, dwellOf } from './controls.tsx';
import { MemoryPanel } from './memory.tsx';
import { ObjectsPanel } from './objects.tsx';
import { Picture } from './picture.tsx';
import { StepList } from './steps.tsx';

/** The scenario of a tab, or a choice of them. */
export function LabMain({ tab }: { readonly tab: Tab }) {
  const play = tab.lab.value;
  return play === undefined ? <LabChooser tab={tab} /> : <Lab key={play} tab={tab} play={play} />;
}

function Lab({ tab, play }: { readonly tab: Tab; readonly play: LabPlay }) {
  const { head } = play;
  const view = play.view.value;
  useEffect(() => {
    if (view !== undefined) announcement.value = spoken(play, view);
  }, [play, view]);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // Its keys are for who has just opened it, too.
    if (document.activeElement === document.body || document.activeElement?.id === 'main') section.current?.focus();
  }, [play]);
  return (
    <section
      ref={section}
      class="lab"
      aria-label="Lab"
      aria-busy={play.busy.value}
      tabIndex={-1}
      onKeyDown={(event) => onKey(event, play)}
    >
      <header class="lab-head">
        <div class="lab-title">
          <h2>{head.name}</h2>
          <p class="about">{head.about}</p>
          <p class="boot">{head.boot}</p>
          <OtherBoot tab={tab} play={play} />
        </div>
        <Controls play={play} />
      </header>
      {play.defect.value !== undefined && (
        <p class="notice bad">A defect of peerpath, please report it with the scenario: {play.defect.value}</p>
      )}
      <StepList play={play} />
      <div class="lab-stage">
        {view !== undefined && (
          <>
            <Picture tab={tab} play={play} view={view} />
            <MemoryPanel play={play} view={view} />
            <ObjectsPanel view={view} />
          </>
        )}
      </div>
    </section>
  );
}

/** Says where matrix, tree and table answer for another boot than the one that is played. */
function OtherBoot({ tab, play: { head } }: { readonly tab: Tab; readonly play: LabPlay }) {
  const { kernel, iommu, cmdline, acs } = tab.question.value;
  const { asks } = head;
  if (kernel === asks.kernel && iommu === asks.iommu && cmdline === asks.cmdline && acs.length === 0) return null;
  return (
    <p class="other-boot">
      The other views answer for another boot than the one played here.{' '}
      <button type="button" class="link" onClick={() => tab.ask({ ...asks, acs: [] })}>
        Answer all views for this boot
      </button>
    </p>
  );
}

/** Keys of the whole view, but for fields and for what scrolls by keys itself. */
function onKey(event: KeyboardEvent, play: LabPlay): void {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof Element)) return;
  if (target.closest('input, select, textarea, summary, .dump, .strip, .packet-hops') !== null) return;
  const inList = target.closest('.steps') !== null;
  const keys: Record<string, () => void> = {
    ArrowRight: () => play.move(1),
    ArrowLeft: () => play.move(-1),
    Home: () => play.move(-play.head.steps),
    End: () => play.move(play.head.steps),
    ...(inList ? { ArrowDown: () => play.move(1), ArrowUp: () => play.move(-1) } : {}),
    ...(target.closest('button') !== null && !inList
      ? {}
      : { ' ': () => (play.playing.value ? play.pause() : play.play(dwellOf)) }),
  };
  const act = keys[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
}

/** What a screen reader says on arrival. */
function spoken({ head }: LabPlay, { taken, last, state, flights }: LabView): string {
  if (last === undefined) return `${head.name}: before the first of ${head.steps} steps.`;
  const { result } = last;
  const how = result?.ok === true ? '' : ' Not as expected.';
  const ways = flights.map(({ text, endText }) => `${text}: ${endText}.`).join(' ');
  const end =
    state === 'passed'
      ? ' The scenario ends, every expectation holds.'
      : state === 'failed'
        ? ' The scenario ends here.'
        : '';
  return `Step ${taken} of ${head.steps}: ${last.title}. ${result?.outcome ?? 'Done'}.${how} ${ways}${end}`;
}

const OWN = `peerpath-scenario: 1
name: mine
machine:
  host-bridges:
    - devices:
        - kind: root-port
          below: {kind: switch, below: [{kind: gpu, label: GPU0}, {kind: nic, label: NIC0}]}
  iommu: none
steps:
  - {export: GPU0, bar: 1, ranges: 0+64K, as: buffer}
  - {attach: buffer, device: NIC0, as: mr}
  - {map: mr, as: dma}
  - {write: dma, length: 4K, data: {text: "hello "}, expect: {reaches: GPU0}}
`;

/** In the tab of a machine without a scenario. */
function LabChooser({ tab }: { readonly tab: Tab }) {
  const fitting = useSignal<readonly string[] | undefined>(undefined);
  useEffect(() => {
    // Where that cannot be found out, playing one says why.
    const none = (): readonly string[] => [];
    void fittingScenarios(tab.input, tab.knows)
      .catch(none)
      .then((names) => {
        fitting.value = names;
      });
  }, [tab, fitting]);
  return (
    <section class="lab-choose" aria-label="Lab">
      <h2>Play a scenario</h2>
      <p class="lead">
        Export a BAR, attach an importer, map, let devices read and write: step by step, with every packet on the tree
        and every byte in memory.
      </p>
      {fitting.value === undefined ? (
        // Alone until it is known: what came first would move down under the pointer.
        <p class="muted">Looking which of them name devices of this machine…</p>
      ) : (
        <Choice tab={tab} fitting={fitting.value} />
      )}
    </section>
  );
}

function Choice({ tab, fitting }: { readonly tab: Tab; readonly fitting: readonly string[] }) {
  return (
    <>
      {fitting.length > 0 && (
        <>
          <h3>On this machine</h3>
          <div class="examples">
            <ScenarioCards only={fitting} onPick={(name) => void playHere(tab, name)} />
          </div>
        </>
      )}
      <h3>Each on a machine of its own</h3>
      <div class="examples">
        <ScenarioCards onPick={(name) => void openScenario(name)} />
      </div>
      <h3>Your own</h3>
      <p>
        Drop or paste a scenario file anywhere on this page. If it names a machine by file, drop that file with it.
        docs/scenarios.md lists the steps. To begin with:
      </p>
      <CopyBlock text={OWN} label="the scenario" />
    </>
  );
}
