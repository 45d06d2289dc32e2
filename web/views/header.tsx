/** The head of the page: open machines, the server, and what opens more. */
import { useEffect, useRef } from 'preact/hooks';
import { serverState, showSource } from '../served.ts';
import { siteAround } from '../site-around.ts';
import { activeTab, choosing, closeTab, tabs, theme } from '../state.ts';
import type { Tab } from '../tab.ts';

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
      {tabs.value.length > 0 && (
        <nav class="tabs" aria-label="Open machines">
          {tabs.value.map((tab) => (
            <TabButton key={tab} tab={tab} />
          ))}
        </nav>
      )}
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
