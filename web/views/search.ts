/** What a search finds: devices of the machine in front, open machines, views, and what comes with the page. */
import { openExample, openScenario } from '../opening.ts';
import { MACHINE_CARDS, SCENARIO_CARDS } from '../shipped.ts';
import { activeTab, goTo, labelOf, showDevice, showMain, tabs } from '../state.ts';

/** One thing that was found, and how to get there. */
export interface Found {
  readonly key: string;
  readonly name: string;
  readonly about: string;
  readonly go: () => void;
}

const MOST_DEVICES = 12;
const MOST_OTHERS = 5;

const VIEWS = [
  ['matrix', 'Matrix', 'all pairs'],
  ['tree', 'Tree', 'where devices are'],
  ['table', 'Table', 'DMA addresses of a mapping'],
  ['findings', 'Findings', 'what stands in the way'],
  ['reports', 'Reports', 'evidence, near, fix, groups, trace, compare'],
  ['lab', 'Lab', 'scenarios, packet by packet'],
] as const;

/** Whatever has all words; nothing for none. */
export function search(text: string): readonly Found[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const matches = (...parts: readonly string[]): boolean => {
    const whole = parts.join('\n').toLowerCase();
    return words.every((word) => whole.includes(word));
  };
  return [...devices(matches), ...views(matches), ...machines(matches), ...shipped(matches)];
}

type Matches = (...parts: readonly string[]) => boolean;

function devices(matches: Matches): Found[] {
  const tab = activeTab.value;
  if (tab === undefined) return [];
  return tab.machine.value.functions
    .filter(({ label, bdf, name, kind }) => matches(label ?? '', bdf, name, kind))
    .slice(0, MOST_DEVICES)
    .map(({ index, bdf, label, name }) => ({
      key: `device ${bdf}`,
      name: label ?? bdf,
      about: label === undefined ? name : `${bdf} ${name}`,
      go: () => {
        showDevice(tab, index, 'tree');
        goTo(tab);
      },
    }));
}

function views(matches: Matches): Found[] {
  const tab = activeTab.value;
  if (tab === undefined) return [];
  return VIEWS.filter(([, title, about]) => matches(title, about)).map(([view, title, about]) => ({
    key: `view ${view}`,
    name: title,
    about: `view: ${about}`,
    go: () => {
      showMain(view);
      goTo(tab);
    },
  }));
}

function machines(matches: Matches): Found[] {
  return tabs.value
    .filter((tab) => matches(labelOf(tab), tab.machine.value.title))
    .slice(0, MOST_OTHERS)
    .map((tab) => ({
      key: `tab ${labelOf(tab)}`,
      name: labelOf(tab),
      about: `open machine: ${tab.machine.value.title}`,
      go: () => goTo(tab),
    }));
}

function shipped(matches: Matches): Found[] {
  const examples = MACHINE_CARDS.filter((each) => matches(...each)).map(([name, title, about]) => ({
    key: `example ${name}`,
    name: title,
    about: `example: ${about}`,
    go: () => void openExample(name),
  }));
  const scenarios = SCENARIO_CARDS.filter((each) => matches(...each)).map(([name, title, about]) => ({
    key: `scenario ${name}`,
    name: title,
    about: `scenario: ${about}`,
    go: () => void openScenario(name),
  }));
  return [...examples.slice(0, MOST_OTHERS), ...scenarios.slice(0, MOST_OTHERS)];
}
