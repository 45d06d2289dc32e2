/** The machine under other settings: kernel, IOMMU, every ACS bit of every port. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { plainLine } from '../../src/report/index.ts';
import type { GroupView, SituationView } from '../protocol.ts';
import type { Tab } from '../tab.ts';
import { IommuChoice, KernelChoice, TypedChoices } from './boot-choice.tsx';
import { Changes, Cut } from './changes.tsx';
import { CopyBlock } from './copy.tsx';
import { counted } from './counted.ts';
import { PortsGrid } from './ports.tsx';
import { Words } from './sheet.tsx';

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
      <TypedChoices tab={tab} />
      <Ports tab={tab} situation={situation} />
      <Changes tab={tab} situation={situation} />
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
            <li key={plainLine(note)}>
              <Words line={note} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const REDIRECT = 0x2c;

function Ports({ tab, situation }: { readonly tab: Tab; readonly situation: SituationView }) {
  const filter = useSignal('');
  const machine = tab.machine.value;
  const all = situation.ports;
  // Names of devices come later, with another value of the machine.
  const matching = useMemo(() => new Set(tab.matching(filter.value)), [tab, machine, filter.value]);
  const ports = useMemo(() => all.filter(({ port }) => matching.has(port)), [all, matching]);
  const write = (mask: number, bits: number): void =>
    tab.setAcs(
      ports
        .filter(({ cap }) => (cap & mask) !== 0)
        .map(({ port, cap }) => ({ port, mask: mask === REDIRECT ? mask : mask & cap, bits })),
    );
  if (all.length === 0)
    return (
      <p class="empty">
        {situation.unreadablePorts.length > 0
          ? `The input does not show the ACS registers of ${counted(situation.unreadablePorts.length, 'port')}: take a capture as root.`
          : 'No function of this machine has an ACS capability.'}
      </p>
    );
  return (
    <>
      <h3>ACS control of {counted(all.length, 'function')}</h3>
      <div class="tools ports-tools">
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
        <button type="button" onClick={() => write(REDIRECT, 0)}>
          Clear redirect
        </button>
        <button type="button" onClick={() => write(0x0c, 0x0c)}>
          Set redirect
        </button>
        {ports.length < all.length && (
          <span role="status">
            {ports.length} of {all.length}
          </span>
        )}
      </div>
      {ports.length === 0 ? <p class="muted">No port matches.</p> : <PortsGrid tab={tab} ports={ports} />}
    </>
  );
}

function Groups({ tab, situation }: { readonly tab: Tab; readonly situation: SituationView }) {
  const { groups, groupsUncertain } = situation;
  if (groups === undefined)
    return <p class="notes">Whether an IOMMU runs is not in the input: its groups are not known.</p>;
  const large = groups.filter(({ members }) => members.length > 1);
  return (
    <section class="groups">
      <h3>
        {groups.length === 0 ? 'No IOMMU groups: no IOMMU runs' : counted(groups.length, 'IOMMU group')}
        {groupsUncertain ? ', at the coarsest' : ''}
      </h3>
      {large.length > 0 && (
        <details>
          <summary>{counted(large.length, 'group')} with more than one function</summary>
          <ul class="group-list">
            <Cut most={40} step={100}>
              {large.map((group) => (
                <GroupLine key={group.number} tab={tab} group={group} />
              ))}
            </Cut>
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
