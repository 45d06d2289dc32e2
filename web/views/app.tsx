/** The page as a whole. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { printable } from '../../src/base/index.ts';
import { stopReading } from '../opening.ts';
import { changes, serverError } from '../served.ts';
import { activeTab, announcement, helping, leftOut, reading, refusals, starting } from '../state.ts';
import { Header } from './header.tsx';
import { Later } from './later.tsx';
import { Machine } from './machine.tsx';
import { openFiles, openText } from './open.ts';
import { StartView } from './start.tsx';

/** Everything. */
export function App() {
  const dragging = useDroppedFiles();
  useHelpKey();
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
      {dragging && <DropHere />}
      {helping.value && <Later draw={({ Help }) => <Help />} />}
      <p class="unseen" aria-live="polite">
        {announcement.value}
      </p>
    </>
  );
}

/** Where files may be let go, and what becomes of them. */
function DropHere() {
  return (
    <div class="drop-here" aria-hidden="true">
      <p>
        <strong>Drop anywhere</strong>
        <span>Captures, lspci output, kernel logs, bug reports, scenarios. Files of one machine become one.</span>
        <span>They stay in this browser.</span>
      </p>
    </div>
  );
}

/** `?` and `/` bring search, keys and words, but in fields. */
function useHelpKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { key, target } = event;
      if ((key !== '?' && key !== '/') || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target instanceof Element && target.closest('input, textarea, select, dialog') !== null) return;
      event.preventDefault();
      helping.value = true;
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
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

/** Files dropped anywhere, and text pasted anywhere but into a field. */
function useDroppedFiles(): boolean {
  const dragging = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      dragging.value = event.dataTransfer?.types.includes('Files') === true;
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) dragging.value = false;
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      dragging.value = false;
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
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
    };
  }, [dragging]);
  return dragging.value;
}
