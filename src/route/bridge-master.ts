/** Bus Master Enable of bridges. */
import type { Bridge } from './bus-tree.ts';
import { commandName } from './registers.ts';
import { atFunction, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** Bus Master Enable of a bridge lets requests from below pass. A register not known is taken as set: it only stops. */
export function bridgeMasterOff(world: World, bridge: Bridge): Walk | undefined {
  const { command } = bridge.fn;
  if (world.assumeEnabled || command.state !== 'known' || command.value.busMaster) return undefined;
  const cause = { reason: 'unsupported-request', rule: 'bridge-bus-master-off' } as const;
  return stop(atFunction(bridge.fn), 'from-below', cause, commandName(bridge.fn, 'BusMaster'));
}
