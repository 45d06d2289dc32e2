/** Who holds what while a scenario runs. */
import { byteText, hex, printable } from '../../../src/base/index.ts';
import type { Lab } from '../../../src/lab/index.ts';
import type { PciFunction } from '../../../src/pci/index.ts';
import type { DeviceState, LabObject } from '../../lab-protocol.ts';

const MOST_OBJECTS = 60;

/** Buffers, attachments and mappings that are alive, and calls that wait. */
export function objectsOf(lab: Lab): { readonly objects: readonly LabObject[]; readonly more: number } {
  const all = [...calls(lab), ...buffers(lab), ...attachments(lab), ...mappings(lab), ...regions(lab), ...spaces(lab)];
  return { objects: all.slice(0, MOST_OBJECTS), more: Math.max(0, all.length - MOST_OBJECTS) };
}

function calls(lab: Lab): LabObject[] {
  return lab.calls.waiting.map((title) => ({
    kind: 'call',
    name: printable(title),
    text: 'has not returned',
    state: 'waits',
  }));
}

function buffers(lab: Lab): LabObject[] {
  return [...lab.buffers.values()].flatMap(({ name, owner, bar, dmabuf, vfio, fd }): LabObject[] => {
    const { references, size } = dmabuf;
    if (references === 0) return [];
    const held = heldBy(lab, name, references, fd !== undefined);
    return [
      {
        kind: 'buffer',
        name: printable(name),
        text: `${byteText(size)} of ${printable(lab.nameOf(owner))} BAR ${bar}, ${held}`,
        state: vfio?.revoked === true ? 'revoked' : 'live',
      },
    ];
  });
}

/** Each reference by who has it, as far as the model's own objects tell. */
function heldBy(lab: Lab, buffer: string, references: number, open: boolean): string {
  const holders = [
    ...(open ? ['its descriptor'] : []),
    ...[...lab.attachments.values()]
      .filter((each) => each.attach !== undefined && each.buffer.name === buffer)
      .map((each) => `attachment ${each.name}`),
    ...[...lab.regions.values()]
      .filter((each) => each.mr !== undefined && each.buffer.name === buffer)
      .map((each) => `memory region ${each.name}`),
    ...[...lab.spaces.values()]
      .filter((each) => [...each.files].some((file) => file.buffer.name === buffer))
      .map((each) => `address space ${each.name}`),
  ].map(printable);
  const count = `${references} ${references === 1 ? 'reference' : 'references'}`;
  return `${count}${holders.length === 0 ? '' : `: ${holders.join(', ')}`}${open ? '' : ', descriptor closed'}`;
}

function regions(lab: Lab): LabObject[] {
  return [...lab.regions.values()].flatMap(({ name, buffer, client, access, mr, loaded }): LabObject[] => {
    if (mr === undefined) return [];
    const may = access.length === 0 ? '' : `, ${access.join(', ')}`;
    const has = loaded ? 'the adapter has its addresses' : 'the adapter has no addresses of it now';
    const text = `${printable(lab.nameOf(client))} on ${printable(buffer.name)}${may}; ${has}`;
    return [{ kind: 'memory region', name: printable(name), text, state: 'live' }];
  });
}

function spaces(lab: Lab): LabObject[] {
  return [...lab.spaces.values()].map(({ name, files }) => {
    const mapped = [...files].map(
      ({ buffer, iova, length, leads }) =>
        `${printable(buffer.name)} at ${hex(iova)}, ${byteText(length)}${leads ? '' : ', leads nowhere now'}`,
    );
    const text = mapped.length === 0 ? 'nothing mapped' : mapped.join('; ');
    return { kind: 'address space', name: printable(name), text, state: 'live' };
  });
}

function attachments(lab: Lab): LabObject[] {
  return [...lab.attachments.values()].flatMap(({ name, buffer, client, keeps, attach }): LabObject[] => {
    if (attach === undefined) return [];
    const text = `${printable(lab.nameOf(client))} at ${printable(buffer.name)}${keeps ? ', keeps mappings when told to unmap' : ''}`;
    return [{ kind: 'attachment', name: printable(name), text, state: 'live' }];
  });
}

function mappings(lab: Lab): LabObject[] {
  return [...lab.mappings.values()].flatMap(({ name, attachment, entries, sgt }): LabObject[] => {
    if (attachment.attach === undefined) return [];
    const table = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`;
    const flow = sgt === undefined ? '' : `, ${sgt.flow}`;
    return [
      {
        kind: 'mapping',
        name: printable(name),
        text: `${printable(lab.nameOf(attachment.client))}: ${table}${flow}`,
        state: sgt === undefined ? 'given back' : 'live',
      },
    ];
  });
}

/** Devices that are gone, switched off, or hold something. */
export function deviceStates(lab: Lab): DeviceState[] {
  const words = new Map<PciFunction, string[]>();
  const say = (fn: PciFunction, text: string): void => {
    words.set(fn, [...(words.get(fn) ?? []), printable(text)]);
  };
  for (const { name, owner, dmabuf } of lab.buffers.values()) {
    if (dmabuf.references > 0) say(owner, `exports ${name}`);
  }
  for (const { name, attachment, sgt } of lab.mappings.values()) {
    if (sgt !== undefined) say(attachment.client, `holds ${name}`);
  }
  const off = lab.machine.topology.functions.filter((fn) => !lab.answers(fn));
  return [...new Set([...words.keys(), ...off])].map((fn) => {
    const said = words.get(fn) ?? [];
    const gone = lab.unplugged.has(fn);
    return {
      fn: fn.index,
      gone,
      memoryOff: !gone && !lab.answers(fn),
      words: said.length > 2 ? `${said[0]}, +${said.length - 1}` : said.join(', '),
    };
  });
}
