/** What a box of a drawn tree is called, and all about it in words. */
import type { DeviceKind } from '../../../src/pci/index.ts';
import type { BoxWhat } from '../../drawing/branches.ts';
import type { Item } from '../../drawing/outline.ts';
import type { FunctionView, MachineView, SituationView } from '../../protocol.ts';
import type { Tab } from '../../tab.ts';
import { KIND_WORDS } from '../icons.tsx';
import { wordsOf } from '../verdict-mark.tsx';

/** What it is drawn as. */
export function boxKind(node: BoxWhat): DeviceKind {
  if (node.what === 'root') return 'host-bridge';
  return node.what === 'function' ? node.fn.kind : node.kind;
}

/** Its name, and a word beside it. */
export function boxWords(machine: MachineView, node: BoxWhat): { readonly title: string; readonly detail: string } {
  switch (node.what) {
    case 'root':
      return { title: machine.hostBridges[node.hostBridge]?.name ?? '', detail: '' };
    case 'rest':
      return { title: node.text, detail: '' };
    case 'alike':
      return {
        title: `${node.count} × ${node.words}`,
        detail: node.contents === '' ? alikeNames(node) : node.contents,
      };
    case 'function': {
      const { fn } = node;
      const short = shortAddress(fn);
      return fn.label === undefined
        ? { title: short, detail: SHORT_KIND[fn.kind] ?? '' }
        : { title: fn.label, detail: short };
    }
  }
}

function alikeNames({ names, first }: Extract<BoxWhat, { what: 'alike' }>): string {
  return [names, first?.link?.text ?? ''].filter((part) => part !== '').join('  ');
}

/** Without the domain, which the root bus tells. */
function shortAddress({ bdf }: FunctionView): string {
  return bdf.replace(/^[0-9a-f]{4,8}:(?=..:)/, '');
}

const SHORT_KIND: Partial<Record<string, string>> = {
  'root-port': 'root',
  'switch-upstream': 'switch',
  'switch-downstream': 'port',
  bridge: 'bridge',
  'host-bridge': 'host bridge',
  system: 'platform',
};

/** All about a box in words: its title, and what a screen reader says. */
export function describeBox(tab: Tab, { node, hidden, folded }: Item): string {
  const below = hidden === 0 ? '' : `, ${hidden} functions folded away`;
  if (node.what === 'root') {
    const { name = '', numaNode } = tab.machine.value.hostBridges[node.hostBridge] ?? {};
    return `${name}, root bus${numaNode === undefined ? '' : ` of NUMA node ${numaNode}`}${below}`;
  }
  if (node.what === 'rest') return node.text;
  if (node.what === 'alike') {
    const { title, detail } = boxWords(tab.machine.value, node);
    const names = node.contents === '' ? '' : `, ${alikeNames(node)}`;
    return `${title}${detail === '' ? '' : `: ${detail}`}${names}${folded === true ? ', alike and folded into one' : ''}`;
  }
  const { fn } = node;
  const names = [...(fn.label === undefined ? [] : [fn.label]), fn.bdf, KIND_WORDS[fn.kind], fn.name];
  const link = fn.link === undefined ? '' : `, link ${fn.link.text}`;
  const slow = fn.link?.slow === undefined ? '' : ', slower than both ends could be';
  const acs = redirectsOf(tab.situation.value).has(fn.index);
  const pair = tab.pairView.value?.forth;
  const role =
    pair?.provider === fn.index || pair?.client === fn.index ? `, of the chosen pair: ${wordsOf(pair.type)}` : '';
  return `${names.join(', ')}${link}${slow}${acs ? ', redirects peer traffic by ACS' : ''}${role}${below}`;
}

const NONE: ReadonlySet<number> = new Set();
const redirecting = new WeakMap<SituationView, ReadonlySet<number>>();

/** Ports that redirect peer traffic in a situation, by function index; looked for once, not for every box. */
export function redirectsOf(situation: SituationView | undefined): ReadonlySet<number> {
  if (situation === undefined) return NONE;
  const known = redirecting.get(situation);
  if (known !== undefined) return known;
  const found = new Set(situation.ports.filter(({ redirects }) => redirects).map(({ port }) => port));
  redirecting.set(situation, found);
  return found;
}
