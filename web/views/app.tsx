/** The page as a whole. */
import { useEffect, useRef } from 'preact/hooks';
import { printable } from '../../src/base/index.ts';
import { addressBar } from '../address.ts';
import { forgetAll, isKeptAddress, keptCount } from '../kept.ts';
import type { MainView } from '../link.ts';
import { stopReading } from '../opening.ts';
import { changes, serverError, serverState, showSource } from '../served.ts';
import {
  activeTab,
  announcement,
  choosing,
  closeTab,
  focus,
  leftOut,
  mainView,
  reading,
  refusals,
  type SideView,
  showMain,
  sideView,
  starting,
  tabs,
  theme,
} from '../state.ts';
import type { Tab } from '../tab.ts';
import { CopyButton } from './copy.tsx';
import { counted } from './counted.ts';
import { DeviceView } from './device.tsx';
import { countFindings, FindingsView, useExamination } from './findings.tsx';
import { KindIcon } from './icons.tsx';
import { LabMain } from './lab/lab-view.tsx';
import { MatrixView } from './matrix.tsx';
import { openFiles, openText } from './open.ts';
import { PairPanel } from './pair.tsx';
import { PrintedMatrix, PrintedTree, printing } from './printed.tsx';
import { QuestionBar } from './question-bar.tsx';
import { StartView } from './start.tsx';
import { TableView } from './table.tsx';
import { TreeView } from './tree.tsx';
import { wall } from './wall.ts';
import { WhatIfPanel } from './what-if.tsx';

/** Everything. */
export function App() {
  useDroppedFiles();
  const tab = activeTab.value;
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <Header />
      <div class="notices">
        {reading.value !== undefined && <Reading name={reading.value} />}
        {!starting.value && refusals.value.length > 0 && <Refusals />}
        {!starting.value && leftOut.value.length > 0 && <LeftOut />}
      </div>
      {serverError.value !== undefined && <p class="notice bad">{serverError.value}</p>}
      {starting.value || tab === undefined ? <StartView /> : <Machine key={tab} tab={tab} />}
      {changes.value.length > 0 && <Changes />}
      <p class="unseen" aria-live="polite">
        {announcement.value}
      </p>
    </>
  );
}

function Header() {
  return (
    <header class="top">
      <h1 class="brand">
        <svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
          <path d="M3 12.5V8a5 5 0 0 1 10 0v4.5" />
          <circle cx="3" cy="13" r="2" />
          <circle cx="13" cy="13" r="2" />
        </svg>
        peerpath
      </h1>
      {tabs.value.length > 0 && (
        <nav class="tabs" aria-label="Open machines">
          {tabs.value.map((tab) => (
            <TabButton key={tab} tab={tab} />
          ))}
        </nav>
      )}
      <span class="spring" />
      <ServerState />
      {tabs.value.length > 0 && (
        <button
          type="button"
          class="quiet"
          aria-pressed={choosing.value}
          onClick={() => {
            choosing.value = !choosing.value;
          }}
        >
          {choosing.value ? 'Back' : 'Open…'}
        </button>
      )}
      <ThemeButton />
    </header>
  );
}

const SERVER_WORDS = { live: 'live', unreadable: 'not readable', away: 'no server' } as const;

/** How the page stands with the server that it came from; leads to that server's machine. */
function ServerState() {
  const state = serverState.value;
  if (state === undefined) return null;
  return (
    <button
      type="button"
      class={`live ${state}`}
      title="The view follows the machine that this page is served from"
      onClick={() => {
        const tab = tabs.value.find(({ address }) => address === 'source');
        if (tab === undefined) return showSource();
        activeTab.value = tab;
        choosing.value = false;
      }}
    >
      {SERVER_WORDS[state]}
    </button>
  );
}

/** What the last change was. It lies over the page: nothing moves below the pointer. */
function Changes() {
  return (
    <section class="news" aria-label="What changed">
      <div>
        <b>The machine changed.</b>
        <ul>
          {changes.value.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </div>
      <button
        type="button"
        class="quiet"
        aria-label="Put away what changed"
        onClick={() => {
          changes.value = [];
        }}
      >
        ×
      </button>
    </section>
  );
}

function TabButton({ tab }: { readonly tab: Tab }) {
  const { title } = tab.machine.value;
  const active = activeTab.value === tab && !choosing.value;
  const element = useRef<HTMLSpanElement>(null);
  // There may be more of them than there is room for.
  useEffect(() => {
    if (active) element.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [active]);
  return (
    <span ref={element} class={`tab${active ? ' active' : ''}`}>
      <button
        type="button"
        aria-current={active ? 'true' : undefined}
        title={title}
        onClick={() => {
          activeTab.value = tab;
          choosing.value = false;
        }}
      >
        {title.split('/').at(-1)}
      </button>
      <button type="button" class="close" aria-label={`Close ${title}`} onClick={() => closeTab(tab)}>
        ×
      </button>
    </span>
  );
}

const NEXT_THEME = { auto: 'light', light: 'dark', dark: 'auto' } as const;

function ThemeButton() {
  const next = NEXT_THEME[theme.value];
  return (
    <button
      type="button"
      class="quiet"
      title={`Colours: ${theme.value}`}
      aria-label={`Colours: ${theme.value}. Change to ${next}.`}
      onClick={() => {
        theme.value = next;
      }}
    >
      {{ auto: '◐', light: '○', dark: '●' }[theme.value]}
    </button>
  );
}

/** Files that were given while a machine is open, and are none themselves. */
function Refusals() {
  return (
    <div class="notice bad refusal">
      <div role="alert">
        {refusals.value.map((why) => (
          <p key={why}>{why}</p>
        ))}
      </div>
      <button
        type="button"
        class="quiet"
        aria-label="Put away why the file was not opened"
        onClick={() => {
          refusals.value = [];
        }}
      >
        ×
      </button>
    </div>
  );
}

/** What a link asked for, and this machine or page does not have. */
function LeftOut() {
  return (
    <div class="notice refusal">
      <div>
        {leftOut.value.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      <button
        type="button"
        class="quiet"
        aria-label="Put away what was left out of the link"
        onClick={() => {
          leftOut.value = [];
        }}
      >
        ×
      </button>
    </div>
  );
}

function Reading({ name }: { readonly name: string }) {
  return (
    <p class="notice reading" role="status">
      Reading {printable(name)}…{' '}
      <button type="button" class="quiet" onClick={stopReading}>
        Stop
      </button>
    </p>
  );
}

const MAIN: readonly (readonly [MainView, string])[] = [
  ['matrix', 'Matrix'],
  ['tree', 'Tree'],
  ['table', 'Table'],
  ['findings', 'Findings'],
  ['lab', 'Lab'],
];

const SIDE: readonly (readonly [SideView, string])[] = [
  ['pair', 'Pair'],
  ['device', 'Device'],
  ['whatif', 'What if'],
];

function Machine({ tab }: { readonly tab: Tab }) {
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
          <span class="divider" />
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
        {(main === 'tree' || both) && <TreeView tab={tab} />}
        {printing.value && main === 'matrix' && <PrintedMatrix tab={tab} />}
        {printing.value && main === 'tree' && <PrintedTree tab={tab} />}
        {main === 'table' && <TableView tab={tab} />}
        {main === 'findings' && <FindingsView tab={tab} />}
        {main === 'lab' && <LabMain tab={tab} />}
      </main>
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

/** Files dropped anywhere, and text pasted anywhere but into a field. */
function useDroppedFiles(): void {
  useEffect(() => {
    const over = (event: DragEvent): void => event.preventDefault();
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      void openFiles([...(event.dataTransfer?.files ?? [])]);
    };
    const paste = (event: ClipboardEvent): void => {
      const { target } = event;
      if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
      const files = [...(event.clipboardData?.files ?? [])];
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (files.length > 0) void openFiles(files);
      else if (text.trim() !== '') void openText(text);
    };
    document.addEventListener('dragover', over);
    document.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
    };
  }, []);
}
