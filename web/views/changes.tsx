/** What a question changes against the machine as it is: pairs and IOMMU groups, each a click away. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { type AlikeChanges, alikeChanges } from '../drawing/changed-pairs.ts';
import type { GroupChange, SituationView } from '../protocol.ts';
import { askedReport, showDevice, showMain, showPair } from '../state.ts';
import type { Tab } from '../tab.ts';
import { VerdictMark, wordsOf } from './verdict-mark.tsx';

interface ChangesProps {
  readonly tab: Tab;
  readonly situation: SituationView;
}

/** Shown while something is changed. */
export function Changes({ tab, situation }: ChangesProps) {
  const { types, before, shown, changedPairs, alsoChanges, groupChanges } = situation;
  const changes = useMemo(
    () => (before === undefined || changedPairs === 0 ? [] : alikeChanges(types, before, shown.length)),
    [types, before, shown, changedPairs],
  );
  if (before === undefined) return null;
  return (
    <section class="changes" aria-label="What changes">
      <h3>What changes</h3>
      {changedPairs === 0 && (
        <p class="muted">
          {alsoChanges.length === 0
            ? 'No pair of the matrix changes.'
            : 'Every pair of the matrix has the same answer.'}
        </p>
      )}
      {alsoChanges.map((sentence) => (
        <p key={sentence} class="also-changes">
          {sentence}
        </p>
      ))}
      {changes.map((alike) => (
        <Alike key={`${alike.was} ${alike.now}`} tab={tab} situation={situation} alike={alike} />
      ))}
      {groupChanges.length > 0 && <GroupChanges tab={tab} changes={groupChanges} />}
      <button
        type="button"
        class="link"
        onClick={() => {
          askedReport.value = 'compare';
          showMain('reports');
        }}
      >
        Before and after, drawn
      </button>
    </section>
  );
}

/** Pairs that change from one answer to another, by whose memory it is. */
function Alike({ tab, situation, alike }: ChangesProps & { readonly alike: AlikeChanges }) {
  const { was, now, pairs, providers, moreProviders } = alike;
  const at = (row: number): number => situation.shown[row] ?? -1;
  return (
    <details open={pairs <= 200}>
      <summary>
        <b>{pairs.toLocaleString('en')}</b> pair{pairs === 1 ? '' : 's'}: <VerdictMark code={was} /> {wordsOf(was)}{' '}
        <span aria-hidden="true">→</span>
        <span class="unseen">to</span> <VerdictMark code={now} /> {wordsOf(now)}
      </summary>
      <ul>
        <Cut most={12} step={60} listed>
          {providers.map(({ row, clients, moreClients }) => (
            <li key={at(row)}>
              Memory of <b>{tab.nameOf(at(row))}</b>, used by{' '}
              <span class="who">
                <Cut most={8} step={100}>
                  {clients.map((client) => (
                    <PairLink key={at(client)} tab={tab} provider={at(row)} client={at(client)} />
                  ))}
                </Cut>
                {moreClients > 0 && <span class="muted">and {moreClients} not listed</span>}
              </span>
            </li>
          ))}
        </Cut>
        {moreProviders > 0 && (
          <li class="muted">And memory of {moreProviders} more devices: filter the matrix to list them.</li>
        )}
      </ul>
    </details>
  );
}

function PairLink({
  tab,
  provider,
  client,
}: {
  readonly tab: Tab;
  readonly provider: number;
  readonly client: number;
}) {
  return (
    <button
      type="button"
      class="link"
      data-pair={`${tab.fn(client)?.bdf} ${tab.fn(provider)?.bdf}`}
      aria-label={`${tab.nameOf(client)} to memory of ${tab.nameOf(provider)}`}
      onClick={() => showPair(tab, provider, client)}
    >
      {tab.nameOf(client)}
    </button>
  );
}

function GroupChanges({ tab, changes }: { readonly tab: Tab; readonly changes: readonly GroupChange[] }) {
  return (
    <ul class="group-changes">
      <Cut most={12} step={60} listed>
        {changes.map(({ what, members, parts }) => (
          <li key={`${what} ${members.join()}`} class={what}>
            <b>{what === 'merged' ? `${parts} IOMMU groups become one` : `One IOMMU group becomes ${parts}`}</b>:{' '}
            <span class="who">
              <Cut most={8} step={100}>
                {members.map((index) => (
                  <button key={index} type="button" class="link" onClick={() => showDevice(tab, index)}>
                    {tab.nameOf(index)}
                  </button>
                ))}
              </Cut>
            </span>
          </li>
        ))}
      </Cut>
    </ul>
  );
}

interface CutProps {
  readonly children: ComponentChildren[];
  readonly most: number;
  readonly step: number;
  /** Among items of a list, the button is in one, too. */
  readonly listed?: boolean;
}

/** The first of many, and a button for more. */
export function Cut({ children, most, step, listed = false }: CutProps) {
  const shown = useSignal(most);
  const rest = children.length - shown.value;
  const more = rest > 0 && (
    <button
      type="button"
      class="link more-link"
      onClick={() => {
        shown.value += step;
      }}
    >
      {rest} more
    </button>
  );
  return (
    <>
      {children.slice(0, shown.value)}
      {listed && more !== false ? <li class="more-item">{more}</li> : more}
    </>
  );
}
