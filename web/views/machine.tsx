/** One open machine: its views, and what stands beside them. */
import { useEffect } from 'preact/hooks';
import { addressBar } from '../address.ts';
import { forgetAll, isKeptAddress, keptCount } from '../kept.ts';
import type { MainView } from '../link.ts';
import { announcement, focus, mainView, type SideView, showMain, sideView } from '../state.ts';
import type { Tab } from '../tab.ts';
import { CopyButton } from './copy.tsx';
import { counted } from './counted.ts';
import { DeviceView } from './device.tsx';
import { countFindings, FindingsView, useExamination } from './findings.tsx';
import { KindIcon } from './icons.tsx';
import { Later } from './later.tsx';
import { MatrixView } from './matrix.tsx';
import { PairPanel } from './pair.tsx';
import { PrintedMatrix } from './printed.tsx';
import { printing } from './printing.ts';
import { QuestionBar } from './question-bar.tsx';
import { TableView } from './table.tsx';
import { wall } from './wall.ts';
import { WhatIfPanel } from './what-if.tsx';

const MAIN: readonly (readonly [MainView, string])[] = [
  ['matrix', 'Matrix'],
  ['tree', 'Tree'],
  ['table', 'Table'],
  ['findings', 'Findings'],
  ['reports', 'Reports'],
  ['lab', 'Lab'],
];

const SIDE: readonly (readonly [SideView, string])[] = [
  ['pair', 'Pair'],
  ['device', 'Device'],
  ['whatif', 'What if'],
];

/** The machine of a tab. */
export function Machine({ tab }: { readonly tab: Tab }) {
  const main = mainView.value;
  const side = sideView.value;
  const both = wall.value && (main === 'matrix' || main === 'tree');
  const findings = countFindings(tab);
  useExamination(tab, main === 'findings');
  useFocusFrom(tab);
  return (
    <div class="machine" data-focus={focus.value} data-main={main}>
      <div class="bar">
        <nav class="views" aria-label="Views">
          {MAIN.map(([view, words]) => (
            <button
              key={view}
              type="button"
              data-view={view}
              aria-current={main === view ? 'true' : undefined}
              onClick={() => showMain(view)}
            >
              {words}
              {view === 'findings' && (
                <span class="count" data-known={findings > 0}>
                  {findings}
                </span>
              )}
            </button>
          ))}
        </nav>
        <MachineLine tab={tab} />
        {isKeptAddress(tab.address) ? (
          <Kept />
        ) : (
          <CopyButton text={() => addressBar.present()} label="to this view" words="Copy link" />
        )}
      </div>
      {tab.defect.value !== undefined && (
        <p class="notice bad">A defect of peerpath, please report it with the input: {tab.defect.value}</p>
      )}
      <main id="main" class={`main-view view-${main}${both ? ' both' : ''}`} tabIndex={-1} aria-busy={tab.busy.value}>
        {(main === 'matrix' || both) && <MatrixView tab={tab} />}
        {(main === 'tree' || both) && <Later draw={({ TreeView }) => <TreeView tab={tab} />} />}
        {printing.value && main === 'matrix' && <PrintedMatrix tab={tab} />}
        {printing.value && main === 'tree' && <Later draw={({ PrintedTree }) => <PrintedTree tab={tab} />} />}
        {main === 'table' && <TableView tab={tab} />}
        {main === 'findings' && <FindingsView tab={tab} />}
        {main === 'reports' && <Later draw={({ ReportsView }) => <ReportsView tab={tab} />} />}
        {main === 'lab' && <Later draw={({ LabMain }) => <LabMain tab={tab} />} />}
      </main>
      <nav class="views pick" aria-label="Beside the view">
        {SIDE.map(([view, words]) => (
          <button
            key={view}
            type="button"
            data-view={view}
            class="side-choice"
            aria-current={side === view && (main !== 'lab' || focus.value === 'side') ? 'true' : undefined}
            onClick={() => {
              sideView.value = view;
              focus.value = 'side';
            }}
          >
            {words}
            {view === 'whatif' && tab.asksSomething.value && <span class="dot" title="Something is changed" />}
          </button>
        ))}
      </nav>
      <aside
        class="side-view"
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !event.defaultPrevented) backToMain();
        }}
        aria-label={SIDE.find(([view]) => view === side)?.[1]}
        aria-busy={tab.busy.value}
      >
        {side === 'pair' && <PairPanel tab={tab} />}
        {side === 'device' && <DeviceView tab={tab} />}
        {side === 'whatif' && <WhatIfPanel tab={tab} />}
      </aside>
      <QuestionBar tab={tab} />
    </div>
  );
}

/** That files are kept, and how they are let go. */
function Kept() {
  if (keptCount.value === 0) return null;
  return (
    <button
      type="button"
      class="quiet kept"
      title="The files that you opened are kept in this browser, on this device, so that a reload finds them. They go when this tab is closed here, and after a day."
      onClick={() => {
        void forgetAll();
        announcement.value = 'The files are forgotten. What is open stays open until the page is left.';
      }}
    >
      Forget files
    </button>
  );
}

/** What was pressed to open a machine is gone: the focus goes on to what was opened, and not to nowhere. */
function useFocusFrom(tab: Tab): void {
  useEffect(() => {
    const nowhere = document.activeElement === null || document.activeElement === document.body;
    if (nowhere) document.getElementById('main')?.focus();
  }, [tab]);
}

/** From beside the main place back into it. */
function backToMain(): void {
  focus.value = 'main';
  requestAnimationFrame(() => {
    for (const place of ['.matrix-scroll', '.tree-scroll', '.lab', '#main']) {
      const element = document.querySelector<HTMLElement>(place);
      if (element === null) continue;
      element.focus();
      return;
    }
  });
}

function MachineLine({ tab }: { readonly tab: Tab }) {
  const { functions, hostBridges, source } = tab.machine.value;
  const endpoints = functions.filter(({ endpoint }) => endpoint).length;
  return (
    <p class="machine-line">
      <KindIcon kind="host-bridge" /> {source}: {counted(functions.length, 'function')},{' '}
      {counted(endpoints, 'endpoint')}, {hostBridges.length} root bus{hostBridges.length === 1 ? '' : 'es'}.{' '}
      {tab.situation.value?.kernelLine ?? ''}
    </p>
  );
}
