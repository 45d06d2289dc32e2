/** Who holds what while a scenario runs. */
import { byteText, printable } from '../../../src/base/index.ts';
import type { Lab } from '../../../src/lab/index.ts';
import type { PciFunction } from '../../../src/pci/index.ts';
import type { DeviceState, LabObject } from '../../lab-protocol.ts';

const MOST_OBJECTS = 60;

/** Buffers, attachments and mappings that are alive, and calls that wait. */
export function objectsOf(lab: Lab): { readonly objects: readonly LabObject[]; readonly more: number } {
  const all = [...calls(lab), ...buffers(lab), ...attachments(lab), ...mappings(lab)];
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
    const held = `${references} ${references === 1 ? 'reference' : 'references'}`;
    const open = fd === undefined ? ', descriptor closed' : '';
    return [
      {
        kind: 'buffer',
        name: printable(name),
        text: `${byteText(size)} of ${printable(lab.nameOf(owner))} BAR ${bar}, ${held}${open}`,
        state: vfio?.revoked === true ? 'revoked' : 'live',
      },
    ];
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
