/** Where RAM lies. */
import type { MachineSpec } from './machine-spec.ts';

const FOUR_GIB = 0x1_0000_0000;

/** Machines with device-tree host bridges lack the PC's legacy ranges. */
export function isPc(machine: MachineSpec): boolean {
  return machine.hostBridges.every((bridge) => bridge.platform === undefined);
}

/** RAM of the machine, half-open: the part that fits below the 32-bit windows, the rest from 4 GiB. */
export function ramRanges(machine: MachineSpec, lowRamEnd: number): readonly (readonly [number, number])[] {
  const pc = isPc(machine);
  const start = pc ? 0x10_0000 : lowRamEnd / 2;
  const low: readonly [number, number] = [start, Math.min(lowRamEnd, start + machine.memory)];
  const rest = machine.memory - (low[1] - low[0]);
  const high: readonly (readonly [number, number])[] = rest > 0 ? [[FOUR_GIB, FOUR_GIB + rest]] : [];
  return pc ? [[0x1000, 0xa_0000], low, ...high] : [low, ...high];
}
