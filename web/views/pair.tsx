/** One pair: the answer first, then why, the way, and what would change it. */
import { type DirectionView, type FixView, type FunctionView, type RouteView, TYPE_OF_CODE } from '../protocol.ts';
import { showDevice, showMain, showOnTree, showPair, showWay } from '../state.ts';
import type { Tab } from '../tab.ts';
import { counted } from './counted.ts';
import { KindIcon } from './icons.tsx';
import { useKeptFocus } from './kept-focus.ts';
import { PacketStops } from './packet-stops.tsx';
import { Sections } from './sheet.tsx';
import { LEGEND_ORDER, TYPE_CLASSES, VerdictMark, wordsOf } from './verdict-mark.tsx';

/** The chosen pair. */
export function PairPanel({ tab }: { readonly tab: Tab }) {
  const view = tab.pairView.value;
  return (
    <section class="panel pair" aria-label="Pair" tabIndex={-1}>
      <PairChooser tab={tab} />
      {tab.pair.value === undefined && <Empty />}
      {tab.pair.value !== undefined && view === undefined && <p class="empty waiting">Working it out…</p>}
      {tab.pair.value !== undefined && view !== undefined && (
        <>
          <Directions tab={tab} forth={view.forth} back={view.back} />
          <Direction tab={tab} direction={view.forth} />
        </>
      )}
    </section>
  );
}

/** Is it the chosen pair, and not the one before it, whose answer is still shown? */
function isChosen(tab: Tab, { provider, client }: DirectionView): boolean {
  return tab.pair.value?.provider === provider && tab.pair.value.client === client;
}

function Empty() {
  return (
    <div class="empty">
      <p>Choose a cell of the matrix, or two devices above.</p>
      <ul class="words">
        {LEGEND_ORDER.map((code) => (
          <li key={code}>
            <VerdictMark code={code} /> {wordsOf(code)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function PairChooser({ tab }: { readonly tab: Tab }) {
  const pair = tab.pair.value;
  const set = (role: 'provider' | 'client', index: number): void => {
    const provider = role === 'provider' ? index : (pair?.provider ?? firstOther(tab, index));
    const client = role === 'client' ? index : (pair?.client ?? firstOther(tab, index));
    showPair(tab, provider, client);
  };
  return (
    <div class="chooser">
      <DevicePicker
        tab={tab}
        id="provider"
        label="Memory of"
        value={pair?.provider}
        onPick={(i) => set('provider', i)}
      />
      <button
        type="button"
        class="quiet swap"
        aria-label="Swap the two devices"
        disabled={pair === undefined}
        onClick={() => pair !== undefined && showPair(tab, pair.client, pair.provider)}
      >
        ⇄
      </button>
      <DevicePicker tab={tab} id="client" label="Used by" value={pair?.client} onPick={(i) => set('client', i)} />
    </div>
  );
}

function firstOther(tab: Tab, index: number): number {
  return tab.machine.value.functions.find((fn) => fn.endpoint && fn.index !== index)?.index ?? index;
}

/** A list of more holds up the page at each change of view, and nobody finds a device in it. */
const MOST_OPTIONS = 500;

interface PickerProps {
  readonly tab: Tab;
  readonly id: string;
  readonly label: string;
  readonly value: number | undefined;
  readonly onPick: (index: number) => void;
}

/** Picks a function from all endpoints. */
export function DevicePicker({ tab, id, label, value, onPick }: PickerProps) {
  const { functions } = tab.machine.value;
  const chosen = value === undefined ? undefined : functions[value];
  return (
    <label class="picker" for={id}>
      <span>{label}</span>
      <select id={id} value={value ?? ''} onChange={(event) => onPick(Number(event.currentTarget.value))}>
        {value === undefined && <option value="">—</option>}
        <EndpointOptions tab={tab} />
        {chosen !== undefined && !isListed(tab, chosen) && optionOf(chosen)}
      </select>
    </label>
  );
}

/** Is it among the options? */
function isListed(tab: Tab, { endpoint, index }: FunctionView): boolean {
  const before = tab.machine.value.functions.slice(0, index).filter((fn) => fn.endpoint);
  return endpoint && before.length < MOST_OPTIONS;
}

/** A component of its own, which reads a signal: then nothing compares thousands of options that stay as they are. */
function EndpointOptions({ tab }: { readonly tab: Tab }) {
  const endpoints = tab.machine.value.functions.filter(({ endpoint }) => endpoint);
  const more = endpoints.length - MOST_OPTIONS;
  return (
    <>
      {endpoints.slice(0, MOST_OPTIONS).map(optionOf)}
      {more > 0 && <option disabled>{more} more: filter the matrix or the tree for them</option>}
    </>
  );
}

function optionOf(fn: FunctionView) {
  return (
    <option key={fn.index} value={fn.index}>
      {fn.label === undefined ? fn.bdf : `${fn.label}  ${fn.bdf}`}
    </option>
  );
}

/** Both directions side by side; the other one is a click away. */
function Directions({
  tab,
  forth,
  back,
}: {
  readonly tab: Tab;
  readonly forth: DirectionView;
  readonly back: DirectionView;
}) {
  return (
    <div class="directions">
      {[forth, back].map((way, at) => (
        <button
          key={way.provider}
          type="button"
          class={`way ${TYPE_CLASSES[way.type]}`}
          aria-current={at === 0 ? 'true' : undefined}
          onClick={() => showPair(tab, way.provider, way.client)}
        >
          <span class="who">
            {tab.nameOf(way.client)} <span aria-hidden="true">→</span>
            <span class="unseen">to</span> {tab.nameOf(way.provider)}
          </span>
          <span class="answer">
            <VerdictMark code={way.type} /> {way.answer}
          </span>
          {factsOf(way).map((fact) => (
            <span key={fact} class="also">
              {fact}
            </span>
          ))}
        </button>
      ))}
    </div>
  );
}

/** What tells one direction from the other, in a few words each. */
function factsOf({ type, route, missing }: DirectionView): string[] {
  const facts: string[] = [];
  if (missing > 0) facts.push(`${counted(missing, 'fact')} missing`);
  if (route !== undefined) facts.push(requestFact(route, TYPE_OF_CODE[type] === 'PCI_P2PDMA_MAP_NOT_SUPPORTED'));
  return facts;
}

/** Linux sends no request where it refuses the pair. */
function requestFact({ outcome, speed }: RouteView, refused: boolean): string {
  switch (outcome) {
    case 'unknown':
      return 'whether a request arrives is not known';
    case 'lost':
      return refused ? 'a request would not arrive' : 'a request does not arrive';
    case 'arrives':
      return refused ? 'a request would arrive' : (speed ?? 'a request arrives');
  }
}

const END_SIGNS = { arrives: '✓', lost: '✕', unknown: '?' } as const;

function Direction({ tab, direction }: { readonly tab: Tab; readonly direction: DirectionView }) {
  const { type, sentence, sections, route, fix } = direction;
  return (
    <article class="direction">
      <p class={`verdict ${TYPE_CLASSES[type]}`}>
        <VerdictMark code={type} large /> <span>{sentence}</span>
      </p>
      <Sections sections={sections} listed />
      {fix !== undefined && <Fix tab={tab} fix={fix} chosen={isChosen(tab, direction)} />}
      <PathList tab={tab} direction={direction} />
      {route !== undefined && <RouteList tab={tab} route={route} />}
      <p class="more">
        <button type="button" onClick={() => showWay(tab)}>
          Show the way on the tree
        </button>{' '}
        <button type="button" onClick={() => showMain('table')}>
          Map a BAR
        </button>
      </p>
    </article>
  );
}

interface FixProps {
  readonly tab: Tab;
  readonly fix: FixView;
  /** It is for the pair that is chosen. That of another is not to be copied by mistake. */
  readonly chosen: boolean;
}

function Fix({ tab, fix, chosen }: FixProps) {
  const element = useKeptFocus<HTMLElement>('.panel.pair');
  return (
    <section ref={element} class="fix" inert={!chosen}>
      <Sections sections={[fix.section]} />
      <button type="button" class="primary" onClick={() => tab.setAcs(fix.choices)}>
        Try it on the model
      </button>
    </section>
  );
}

/** From the provider up to where the paths meet, and down to the client. */
function PathList({ tab, direction }: { readonly tab: Tab; readonly direction: DirectionView }) {
  const { path, meets, redirects, provider, client } = direction;
  const turn = meets < 0 ? -1 : path.indexOf(meets);
  const rows = path.map((index, at) => {
    const fn = tab.fn(index);
    if (fn === undefined) return null;
    const role =
      index === provider ? 'memory' : index === client ? 'reads and writes' : at === turn ? 'the paths meet' : '';
    return (
      <li key={index} class={redirects.includes(index) ? 'redirects' : ''}>
        <button type="button" class="row" onClick={() => showDevice(tab, index)}>
          <KindIcon kind={fn.kind} />
          <span class="bdf">{fn.bdf}</span>
          <span class="name">{fn.label ?? fn.name}</span>
          <span class="role">{redirects.includes(index) ? 'ACS redirects' : role}</span>
        </button>
      </li>
    );
  });
  if (meets < 0) {
    const split = path.findIndex(
      (index, at) => at > 0 && tab.fn(index)?.parent === -1 && tab.fn(path[at - 1] ?? -1)?.parent === -1,
    );
    rows.splice(
      split < 0 ? rows.length : split,
      0,
      <li key="host" class="host">
        <span class="row">
          <KindIcon kind="host-bridge" />
          <span class="bdf">host bridge</span>
          <span class="name">they share no bridge below it</span>
          <span class="role">the paths meet</span>
        </span>
      </li>,
    );
  }
  return (
    <>
      <h3>Path</h3>
      <ol class="path">{rows}</ol>
    </>
  );
}

function RouteList({ tab, route }: { readonly tab: Tab; readonly route: RouteView }) {
  return (
    <section class="route">
      <h3>A request, hop by hop</h3>
      <p class="request">{route.request}</p>
      <PacketStops stops={route.stops} way="out" onShow={(fn) => showOnTree(tab, fn)} />
      <p class={`end ${route.outcome}`}>
        <span aria-hidden="true">{END_SIGNS[route.outcome]}</span> {route.end}
      </p>
      {route.back.length > 0 && (
        <details>
          <summary>The completion’s way back ({route.back.length} stops)</summary>
          <PacketStops stops={route.back} way="back" onShow={(fn) => showOnTree(tab, fn)} />
        </details>
      )}
      {route.bottleneck !== undefined && (
        <p class="speed">
          Narrowest link: {route.bottleneck.text}
          {route.speed === undefined ? '' : `, ${route.speed}`}.
        </p>
      )}
    </section>
  );
}
