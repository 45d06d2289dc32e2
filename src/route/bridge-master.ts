/** Bus Master Enable of bridges. */
import type { Bridge } from './bus-tree.ts';
import { commandName } from './registers.ts';
import { atFunction, hop, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** Bus Master Enable of a bridge lets requests from below pass. A register not known is taken as set: it only stops. */
export function bridgeMasterOff(world: World, bridge: Bridge): Walk | undefined {
  const { command } = bridge.fn;
  if (world.assumeEnabled || command.state !== 'known' || command.value.busMaster) return undefined;
  const register = commandName(bridge.fn, 'BusMaster');
  return stop(hop(atFunction(bridge.fn), 'from-below', 'bridge-bus-master-off', register), 'unsupported-request');
}
