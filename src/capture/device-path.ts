/** Where a path of sysfs leads: the function, the bridge above it and its root bus. */
import { type Bdf, parseBdf } from '../uapi/index.ts';
import type { PartFunction } from './capture-part.ts';
import { ABSENT, known } from './fact.ts';

/** A function on its path. */
export interface DevicePath {
  readonly bdf: Bdf;
  /** Undefined directly on the root bus. */
  readonly parent: Bdf | undefined;
  readonly domain: number;
  readonly bus: number;
}

const FULL_ADDRESS = String.raw`[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
const PATH = new RegExp(String.raw`(?:^|/)pci([0-9a-f]{4,8}):([0-9a-f]{2})((?:/${FULL_ADDRESS})+)(?=/|\s|$)`, 'i');

/** Reads `…/pci0000:00/0000:00:1c.6/0000:03:00.0/net/eth0`; of a path with several, the function nearest to the end. */
export function parseDevicePath(text: string): DevicePath | undefined {
  const [, domain = '', bus = '', steps = ''] = PATH.exec(text) ?? [];
  const addresses = steps.split('/').slice(1);
  const bdf = parseBdf(addresses.at(-1) ?? '');
  if (bdf === undefined) return undefined;
  const above = addresses.at(-2);
  const parent = above === undefined ? undefined : parseBdf(above);
  return { bdf, parent, domain: Number.parseInt(domain, 16), bus: Number.parseInt(bus, 16) };
}

/** What the path tells of its function. */
export function placeFacts({ parent, domain, bus }: DevicePath): Pick<PartFunction, 'parent' | 'rootBus'> {
  return { parent: parent === undefined ? ABSENT : known(parent), rootBus: known({ domain, bus }) };
}
