/** Devices by what people call them: address, label, word, or pattern. */
import { err, ok, type Result } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { deviceKind, isEndpointKind, type PciFunction, type PciTopology } from '../pci/index.ts';
import { bdfDomain, formatBdf, parseBdf } from '../uapi/index.ts';
import type { DeviceNames } from './names.ts';

/**
 * The functions a text stands for: `0000:03:00.0`, `03:00.0` (any domain), a label (`gpu0`), a kind (`gpu`), a word of
 * the name, class or driver, or a pattern with `*` over addresses and labels (`gpu*`, `0000:03:*`). Endpoints come
 * before bridges: a word matches bridges only when it matches no endpoint. Empty when nothing matches.
 */
export function selectFunctions(topology: PciTopology, names: DeviceNames, text: string): readonly PciFunction[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const exact = byAddress(topology, wanted) ?? topology.functions.filter((fn) => names.labelOf(fn) === wanted);
  if (exact.length > 0) return exact;
  const matches = topology.functions.filter(wanted.includes('*') ? byPattern(wanted, names) : byWord(wanted, names));
  const endpoints = matches.filter((fn) => isEndpointKind(deviceKind(fn)));
  return endpoints.length > 0 ? endpoints : matches;
}

/** Exactly one function, or a sentence saying why not and what could be meant. */
export function selectFunction(topology: PciTopology, names: DeviceNames, text: string): Result<PciFunction, string> {
  const found = selectFunctions(topology, names, text);
  const [only, second] = found;
  if (only !== undefined && second === undefined) return ok(only);
  if (only === undefined) {
    return err(
      `no device "${text}" in this machine: name one by address, label or a word of its name (peerpath devices lists them)`,
    );
  }
  const some = found.slice(0, 8).map((fn) => `${names.labelOf(fn) ?? deviceKind(fn)} ${formatBdf(fn.bdf)}`);
  const more = found.length > some.length ? `, and ${found.length - some.length} more` : '';
  return err(`"${text}" could be any of ${found.length} devices: ${some.join(', ')}${more}; name one of them`);
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
  const escaped = pattern.split('*').map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'));
  const regex = new RegExp(`^${escaped.join('.*')}$`);
  return (fn) => regex.test(formatBdf(fn.bdf)) || regex.test(names.labelOf(fn) ?? '');
}

function byWord(word: string, names: DeviceNames): (fn: PciFunction) => boolean {
  return (fn) => {
    if (deviceKind(fn) === word || factValue(fn.captured.driver) === word) return true;
    return names.nameOf(fn).toLowerCase().includes(word) || names.classOf(fn).toLowerCase().includes(word);
  };
}
