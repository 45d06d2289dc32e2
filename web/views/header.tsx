/** The head of the page: open machines, the server, and what opens more. */
import { serverState, showSource } from '../served.ts';
import { siteAround } from '../site-around.ts';
import { choosing, goTo, helping, tabs, theme } from '../state.ts';
import { Tabs } from './tabs.tsx';

/** Shown above every view. */
export function Header() {
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
      {tabs.value.length > 0 && <Tabs />}
      <span class="spring" />
      {siteAround !== undefined && (
        <a class="site-around" href={siteAround}>
          Docs
        </a>
      )}
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
      <button
        type="button"
        class="quiet"
        aria-label="Search, keys and words"
        title="Search, keys, words of this page (?)"
        onClick={() => {
          helping.value = true;
        }}
      >
        ?
      </button>
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
        goTo(tab);
      }}
    >
      {SERVER_WORDS[state]}
    </button>
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
