/** Pairs of devices as people write them: `gpu* <-> nic*`, `gpu0 -> nic0`. */
import { type Want, wantPairs } from '../diagnose/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { selectFunctions } from '../report/index.ts';
import { UsageError } from './exit-code.ts';
import type { OpenMachine } from './open-machine.ts';
import { requireFewPairs } from './weighable.ts';

/**
 * The ordered pairs a text names; the left side of `->` is the provider, the right one the client.
 * @throws UsageError where a side names nothing, or there is no arrow.
 */
export function readWant(machine: OpenMachine, text: string, option: string): readonly Want[] {
  const sides = /^(.+?)\s*(<->|->)\s*(.+)$/.exec(text.trim());
  if (sides === null)
    throw new UsageError(`${option} ${text}: write PROVIDER->CLIENT or A<->B, for example 'gpu*<->nic*'`);
  const [, left = '', arrow, right = ''] = sides;
  const both = arrow === '<->';
  const [providers, clients] = [someFunctions(machine, left, option), someFunctions(machine, right, option)];
  requireFewPairs(providers.length, clients.length, `${option} ${text}`);
  const wants = wantPairs(providers, clients, both);
  if (wants.length === 0) throw new UsageError(`${option} ${text}: both sides are one and the same device`);
  return wants;
}

/** One device or several. @throws UsageError where a text names none. */
export function someFunctions({ analysis, names }: OpenMachine, text: string, option: string): readonly PciFunction[] {
  const found = text.split(',').flatMap((part) => selectFunctions(analysis.topology, names, part));
  if (found.length === 0)
    throw new UsageError(`${option}: no device "${text.trim()}" in this machine (peerpath devices lists them)`);
  return [...new Set(found)];
}
