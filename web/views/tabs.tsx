/** Open machines, told apart by host or board, file, folder and number; they can be renamed. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { keepName } from '../kept.ts';
import { activeTab, announcement, choosing, closeTab, goTo, labelOf, namesOfTabs, tabs } from '../state.ts';
import type { Tab } from '../tab.ts';

/** One button each; where there is no room for all of them, a list as well. */
export function Tabs() {
  const strip = useRef<HTMLElement>(null);
  const overflows = useSignal(false);
  const count = tabs.value.length;
  useEffect(() => {
    const { current } = strip;
    if (current === null) return;
    const measure = (): void => {
      overflows.value = current.scrollWidth > current.clientWidth + 1;
      current.querySelector('.tab.active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(current);
    return () => watch.disconnect();
  }, [count, overflows]);
  return (
    <>
      <nav ref={strip} class={`tabs${overflows.value ? ' overflow' : ''}`} aria-label="Open machines">
        {tabs.value.map((tab) => (
          <TabButton key={tab} tab={tab} />
        ))}
      </nav>
      {overflows.value && count > 1 && <TabList />}
    </>
  );
}

/** All of them, where the strip hides some. */
function TabList() {
  return (
    <select
      class="tab-list"
      aria-label={`All ${tabs.value.length} open machines`}
      value={activeTab.value === undefined ? '' : String(tabs.value.indexOf(activeTab.value))}
      onChange={(event) => {
        const tab = tabs.value[Number(event.currentTarget.value)];
        if (tab !== undefined) goTo(tab);
      }}
    >
      {tabs.value.map((tab, at) => (
        <option key={tab} value={String(at)}>
          {labelOf(tab)}
        </option>
      ))}
    </select>
  );
}

function TabButton({ tab }: { readonly tab: Tab }) {
  const active = activeTab.value === tab && !choosing.value;
  const element = useRef<HTMLSpanElement>(null);
  const renaming = useSignal(false);
  const own = namesOfTabs.value[tabs.value.indexOf(tab)];
  // There may be more of them than there is room for.
  useEffect(() => {
    if (active) element.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [active]);
  const rename = (): void => {
    renaming.value = true;
  };
  if (renaming.value) {
    const end = (name: string | undefined): void => {
      renaming.value = false;
      if (name === undefined) return;
      tab.renamed.value = name.trim() === '' ? undefined : name.trim();
      void keepName(tab.address, tab.renamed.value);
      announcement.value = `The machine is called ${labelOf(tab)}.`;
      requestAnimationFrame(() => element.current?.querySelector('button')?.focus());
    };
    return (
      <span ref={element} class={`tab${active ? ' active' : ''}`}>
        <TabField name={labelOf(tab)} end={end} />
      </span>
    );
  }
  return (
    <span ref={element} class={`tab${active ? ' active' : ''}`}>
      <button
        type="button"
        aria-current={active ? 'true' : undefined}
        title={`${tab.machine.value.title}\nDouble click, or F2, to rename`}
        onClick={() => goTo(tab)}
        onDblClick={rename}
        onKeyDown={(event) => {
          if (event.key === 'F2') rename();
        }}
      >
        {own?.name}
        {own !== undefined && own.beside !== '' && <small> {own.beside}</small>}
      </button>
      <button type="button" class="close" aria-label={`Close ${labelOf(tab)}`} onClick={() => closeTab(tab)}>
        ×
      </button>
    </span>
  );
}

interface FieldProps {
  readonly name: string;
  /** Undefined: it stays as it was. */
  readonly end: (name: string | undefined) => void;
}

function TabField({ name, end }: FieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => field.current?.select(), []);
  const once = (value: string | undefined): void => {
    if (!done.current) end(value);
    done.current = true;
  };
  return (
    <input
      ref={field}
      type="text"
      class="tab-name"
      aria-label="Name of this machine; empty: as it was"
      maxLength={60}
      value={name}
      onKeyDown={(event) => {
        if (event.key === 'Enter') once(event.currentTarget.value);
        else if (event.key === 'Escape') once(undefined);
      }}
      onBlur={(event) => once(event.currentTarget.value)}
    />
  );
}
