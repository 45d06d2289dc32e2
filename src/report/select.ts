/** Devices by what people call them: address, label, word, or pattern. */
import { type Failure, fail, nearestWord, ok, type Result, unshown, wildcard } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { deviceKind, isEndpointKind, kindLabel, type PciFunction, type PciTopology } from '../pci/index.ts';
import { bdfDomain, formatBdf, parseBdf } from '../uapi/index.ts';
import type { DeviceNames } from './names.ts';

/**
 * The functions a text stands for: `0000:03:00.0`, `03:00.0` (any domain), a label (`gpu0`, or as the input calls it),
 * a kind (`gpu`; `nic` is every network adapter) or driver, a word of the name or class, or a pattern with `*` over
 * addresses and labels (`gpu*`, `0000:03:*`). What is said first counts where it matches anything, and within it endpoints before bridges. Words are
 * matched as they begin: `connectx` names a ConnectX-7, `nic` no communication controller. Empty when nothing matches.
 */
export function selectFunctions(topology: PciTopology, names: DeviceNames, text: string): readonly PciFunction[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const exact = byAddress(topology, wanted) ?? names.named(text.trim());
  if (exact.length > 0) return exact;
  const ways = wanted.includes('*') ? [byPattern(wanted, names)] : [byKind(wanted), byWord(wanted, names)];
  for (const way of ways) {
    const matches = topology.functions.filter(way);
    const endpoints = matches.filter((fn) => isEndpointKind(deviceKind(fn)));
    if (matches.length > 0) return endpoints.length > 0 ? endpoints : matches;
  }
  return [];
}

/** Exactly one function, or a sentence saying why not and what could be meant. */
export function selectFunction(topology: PciTopology, names: DeviceNames, text: string): Result<PciFunction, Failure> {
  const found = selectFunctions(topology, names, text);
  const [only, second] = found;
  if (only !== undefined && second === undefined) return ok(only);
  if (only === undefined) return fail(noDevice(topology, names, text));
  const some = found.slice(0, 8).map((fn) => `${names.labelOf(fn) ?? deviceKind(fn)} ${formatBdf(fn.bdf)}`);
  const more = found.length > some.length ? `, and ${found.length - some.length} more` : '';
  return fail(`"${text}" could be any of ${found.length} devices: ${some.join(', ')}${more}; name one of them`);
}

/** That no device is called so, and what could be meant. */
export function noDevice(topology: PciTopology, names: DeviceNames, text: string): string {
  const called = topology.functions.flatMap((fn) => [...names.namesOf(fn), formatBdf(fn.bdf)]);
  const byLetters = new Map(called.map((name) => [name.toLowerCase(), name]));
  const meant = byLetters.get(nearestWord(text.trim().toLowerCase(), byLetters.keys()) ?? '');
  const next =
    meant === undefined
      ? 'name one by address, label or a word of its name (peerpath devices lists them)'
      : `did you mean ${meant}? (peerpath devices lists all)`;
  return `no device "${text}" in this machine: ${next}`;
}

function byAddress(topology: PciTopology, text: string): readonly PciFunction[] | undefined {
  const bdf = parseBdf(text);
  if (bdf === undefined) return undefined;
  const withDomain = text.split(':').length === 3;
  if (withDomain) return topology.functions.filter((fn) => fn.bdf === bdf);
  const inDomain0 = topology.byBdf.get(bdf);
  if (inDomain0 !== undefined) return [inDomain0];
  return topology.functions.filter((fn) => fn.bdf - bdfDomain(fn.bdf) * 0x10000 === bdf);
}

function byPattern(pattern: string, names: DeviceNames): (fn: PciFunction) => boolean {
  const matches = wildcard(pattern);
  return (fn) => matches(formatBdf(fn.bdf)) || names.namesOf(fn).some((name) => matches(name.toLowerCase()));
}

function byKind(word: string): (fn: PciFunction) => boolean {
  return (fn) => {
    const kind = deviceKind(fn);
    return kind === word || kindLabel(kind) === word || unshown(factValue(fn.captured.driver)) === word;
  };
}

/** Where a word of a name or class begins, the text is found. */
function byWord(text: string, names: DeviceNames): (fn: PciFunction) => boolean {
  const begins = (name: string): boolean => {
    const words = name.toLowerCase();
    for (let at = words.indexOf(text); at >= 0; at = words.indexOf(text, at + 1)) {
      if (at === 0 || !/[\p{L}\p{N}]/u.test(words[at - 1] ?? '')) return true;
    }
    return false;
  };
  return (fn) => begins(names.nameOf(fn)) || begins(names.classOf(fn));
}
