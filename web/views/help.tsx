/** Search, the keys, and the words of the page, in front of it: `?` opens it, Escape closes it. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { version } from '../../package.json';
import { siteAround } from '../site-around.ts';
import { helping } from '../state.ts';
import { GLOSSARY, glossaryMatches, type Word } from './glossary.ts';
import { type Found, search } from './search.ts';

/** The dialog. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const text = useSignal('');
  const open = helping.value;
  useEffect(() => {
    if (open && dialog.current?.open === false) dialog.current.showModal();
    if (!open && dialog.current?.open === true) dialog.current.close();
    if (open) text.value = '';
  }, [open, text]);
  const found = open ? search(text.value) : [];
  const words = text.value.trim() === '' ? GLOSSARY : glossaryMatches(text.value);
  const take = (which: Found): void => {
    helping.value = false;
    which.go();
  };
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label="Search, keys and words"
      onClose={() => {
        helping.value = false;
      }}
    >
      {open && (
        <div class="help-inside">
          <form
            class="help-head"
            onSubmit={(event) => {
              event.preventDefault();
              const [first] = found;
              if (first !== undefined) take(first);
            }}
          >
            <input
              type="search"
              aria-label="Search devices, machines, views, examples and words"
              placeholder="Search devices, machines, views, examples, words…"
              value={text.value}
              onInput={(event) => {
                text.value = event.currentTarget.value;
              }}
            />
            <button
              type="button"
              class="quiet"
              aria-label="Close"
              onClick={() => {
                helping.value = false;
              }}
            >
              ×
            </button>
          </form>
          <p class="unseen" role="status">
            {text.value === '' ? '' : `${found.length} found`}
          </p>
          {found.length > 0 && (
            <ul class="found">
              {found.map((each) => (
                <li key={each.key}>
                  <button type="button" class="quiet" onClick={() => take(each)}>
                    <b>{each.name}</b> <span>{each.about}</span>
                  </button>
                </li>
              ))}
            </ul>
          )}
          {text.value === '' && <Keys />}
          <Words words={words} />
          {found.length === 0 && words.length === 0 && <p class="muted">Nothing has this name.</p>}
          <About />
        </div>
      )}
    </dialog>
  );
}

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['? or /', 'this: search, keys, words'],
  ['Escape', 'back: out of this, or from beside a view into it'],
  ['Arrows, Home, End', 'matrix: another pair; tree: another device; lab: another step'],
  ['Enter', 'matrix: to the explanation of the pair; tree: fold, unfold'],
  ['Space', 'lab: play and pause'],
  ['F2', 'on the tab of a machine: rename it'],
  ['Ctrl+V', 'open what was copied: lspci output, a log, files'],
];

function Keys() {
  return (
    <section>
      <h3>Keys</h3>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Words({ words }: { readonly words: readonly Word[] }) {
  if (words.length === 0) return null;
  return (
    <section>
      <h3>Words</h3>
      <dl class="glossary">
        {words.map(({ term, parts }) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{parts.map(({ text, code }, at) => (code ? <code key={at}>{text}</code> : text))}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** As they lie beside the page (vite.config.js). */
const DOCS: readonly (readonly [file: string, title: string])[] = [
  ['README', 'What peerpath is'],
  ['inputs', 'What can be opened'],
  ['scenarios', 'Scenarios of one’s own'],
  ['bandwidth', 'How GB/s are worked out'],
  ['defects', 'Defects of kernels'],
  ['conformance', 'How it is checked'],
  ['CHANGELOG', 'What is new'],
];

function About() {
  return (
    <footer class="help-foot">
      <p>
        peerpath {version}.{' '}
        {siteAround === undefined ? (
          DOCS.map(([file, title], at) => (
            <span key={file}>
              {at === 0 ? 'Documents: ' : ', '}
              <a href={`./docs-${file.toLowerCase()}.txt`} target="_blank" rel="noopener">
                {title}
              </a>
            </span>
          ))
        ) : (
          <a href={siteAround}>Documents, examples, and how to install it</a>
        )}
      </p>
    </footer>
  );
}
