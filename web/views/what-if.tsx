/** The machine under other settings: kernel, IOMMU, every ACS bit of every port. */
import { useSignal } from '@preact/signals';
import { acsBitNames } from '../../src/report/index.ts';
import type { GroupView, PortAcs, SituationView } from '../protocol.ts';
import { showDevice } from '../state.ts';
import type { Tab } from '../tab.ts';
import { IommuChoice, KernelChoice } from './boot-choice.tsx';
import { CopyBlock } from './copy.tsx';

/** The switches. */
export function WhatIfPanel({ tab }: { readonly tab: Tab }) {
  const situation = tab.situation.value;
  if (situation === undefined) return null;
  return (
    <section class="panel whatif" aria-label="What if">
      <div class="settings">
        <IommuChoice tab={tab} />
        <KernelChoice tab={tab} />
      </div>
      <Ports tab={tab} situation={situation} />
      <Groups tab={tab} situation={situation} />
      {situation.commands.length > 0 && (
        <>
          <h3>The register changes now, until the next boot</h3>
          <CopyBlock text={situation.commands.join('\n')} label="the setpci commands" />
        </>
      )}
      {situation.notes.length > 0 && (
        <ul class="notes">
          {situation.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Bit masks of the seven switches, as lspci names them. */
const BITS = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40] as const;
const SHORT = ['SV', 'TB', 'RR', 'CR', 'UF', 'EC', 'DT'] as const;
const REDIRECT = 0x2c;
const MOST_PORTS = 60;

function Ports({ tab, situation }: { readonly tab: Tab; readonly situation: SituationView }) {
  const filter = useSignal('');
  const more = useSignal(MOST_PORTS);
  const matching = new Set(tab.matching(filter.value));
  const ports = situation.ports.filter(({ port }) => matching.has(port));
  const bridges = ports.filter(({ port }) => tab.fn(port)?.bridge === true);
  const all = (mask: number, bits: number): void =>
    tab.setAcs(
      bridges
        .filter(({ cap }) => (cap & mask) !== 0)
        .map(({ port, cap }) => ({ port, mask: mask === REDIRECT ? mask : mask & cap, bits })),
    );
  if (situation.ports.length === 0)
    return (
      <p class="empty">
        {situation.unreadablePorts.length > 0
          ? `The input does not show the ACS registers of ${situation.unreadablePorts.length} ports: take a capture as root.`
          : 'No function of this machine has an ACS capability.'}
      </p>
    );
  return (
    <>
      <h3>ACS control of {situation.ports.length} functions</h3>
      <div class="tools">
        <input
          type="search"
          class="filter"
          placeholder="Filter ports"
          aria-label="Filter ports"
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
          }}
        />
        <button type="button" onClick={() => all(REDIRECT, 0)}>
          Clear redirect
        </button>
        <button type="button" onClick={() => all(0x0c, 0x0c)}>
          Set redirect
        </button>
      </div>
      <table class="acs">
        <thead>
          <tr>
            <th scope="col">Port</th>
            {BITS.map((bit, at) => (
              <th key={bit} scope="col" title={acsBitNames(bit)}>
                {SHORT[at]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ports.slice(0, more.value).map((acs) => (
            <PortRow key={acs.port} tab={tab} acs={acs} />
          ))}
        </tbody>
      </table>
      {ports.length > more.value && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            more.value += 200;
          }}
        >
          {ports.length - more.value} more
        </button>
      )}
    </>
  );
}

function PortRow({ tab, acs }: { readonly tab: Tab; readonly acs: PortAcs }) {
  const fn = tab.fn(acs.port);
  const changed = tab.question.value.acs.find(({ port }) => port === acs.port);
  return (
    <tr class={acs.redirects ? 'redirects' : ''}>
      <th scope="row">
        <button type="button" class="link" onClick={() => showDevice(tab, acs.port)}>
          {fn?.bdf}
        </button>
        <span class="name">{fn?.label ?? fn?.name}</span>
      </th>
      {BITS.map((bit) => {
        const on = (acs.control & bit) !== 0;
        const known = (acs.known & bit) !== 0;
        const name = acsBitNames(bit).replace('+', '');
        const edited = ((changed?.mask ?? 0) & bit) !== 0;
        return (
          <td key={bit}>
            {(acs.cap & bit) === 0 ? (
              <span class="cannot" title={`${name}: this function cannot`}>
                ·
              </span>
            ) : (
              <button
                type="button"
                role="switch"
                aria-checked={on}
                aria-label={`${name} of ${fn?.bdf ?? ''}${known ? '' : ', not known'}`}
                title={`${name}${known ? '' : ': not known'}`}
                class={`bit${on ? ' on' : ''}${edited ? ' edited' : ''}${known ? '' : ' open'}`}
                data-port={fn?.bdf}
                data-bit={name}
                onClick={() => tab.setAcs([{ port: acs.port, mask: bit, bits: on ? 0 : bit }])}
              >
                {known ? (on ? '1' : '0') : '?'}
              </button>
            )}
          </td>
        );
      })}
    </tr>
  );
}

const MOST_GROUPS = 40;

function Groups({ tab, situation }: { readonly tab: Tab; readonly situation: SituationView }) {
  const { groups, groupsUncertain, groupChanges } = situation;
  if (groups === undefined)
    return <p class="notes">Whether an IOMMU runs is not in the input: its groups are not known.</p>;
  const large = groups.filter(({ members }) => members.length > 1);
  return (
    <section class="groups">
      <h3>
        {groups.length === 0 ? 'No IOMMU groups: no IOMMU runs' : `${groups.length} IOMMU groups`}
        {groupsUncertain ? ', at the coarsest' : ''}
      </h3>
      {groupChanges.length > 0 && (
        <ul class="group-changes">
          {groupChanges.slice(0, MOST_GROUPS).map((change) => (
            <li key={`${change.what} ${change.members.join()}`} class={change.what}>
              <b>
                {change.what === 'merged' ? `${change.parts} groups become one` : `One group becomes ${change.parts}`}
              </b>
              : {namesOf(tab, change.members)}
            </li>
          ))}
        </ul>
      )}
      {large.length > 0 && (
        <details>
          <summary>{large.length} groups with more than one function</summary>
          <ul class="group-list">
            {large.slice(0, MOST_GROUPS).map((group) => (
              <GroupLine key={group.number} tab={tab} group={group} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function GroupLine({ tab, group }: { readonly tab: Tab; readonly group: GroupView }) {
  return (
    <li>
      <b>{group.number}</b> {namesOf(tab, group.members)}
    </li>
  );
}

function namesOf(tab: Tab, members: readonly number[]): string {
  const some = members.slice(0, 8).map((index) => tab.nameOf(index));
  return members.length > some.length ? `${some.join(', ')} and ${members.length - some.length} more` : some.join(', ');
}
