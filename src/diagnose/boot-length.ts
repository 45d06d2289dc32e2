/** Whether a kernel command line fits, and shorter ways of naming ports where it does not. */
import { factValue } from '../capture/index.ts';
import { type Architecture, type PciFunction, type PciTopology, upstreamBridge } from '../pci/index.ts';
import { bdfDomain } from '../uapi/index.ts';
import { pathSpec } from './redirect-fix.ts';

/** A command line against what the kernel takes; it cuts off the rest, without a word. */
export interface CmdlineFit {
  /** Characters of the whole line, as far as it is known. */
  readonly length: number;
  /** Most characters that the kernel takes. */
  readonly limit: number;
  /** The architecture that sets the limit; undefined: not known, and that of x86 and arm64 was taken. */
  readonly architecture: Architecture | undefined;
  readonly fits: boolean;
}

/** COMMAND_LINE_SIZE of each architecture, which counts the byte that ends the text. arch/.../include/.../asm/setup.h */
const COMMAND_LINE_SIZE: ReadonlyMap<Architecture, number> = new Map([
  ['x86', 2048],
  ['arm64', 2048],
  ['arm', 1024],
  ['riscv', 1024],
  ['ppc64', 2048],
  ['loongarch', 4096],
  ['s390', 4096],
  ['mips', 4096],
  ['sparc64', 2048],
]);
const USUAL_SIZE = 2048;

/** Does the kernel of that machine take the whole of a changed line? What the captured one has for init stays at its end. */
export function cmdlineFit({ platform, capture }: PciTopology, changed: string): CmdlineFit {
  const forInit = /\s--(?:\s|$).*$/s.exec(factValue(capture.kernel.cmdline) ?? '')?.[0] ?? '';
  const length = changed.length + forInit.length;
  const architecture = factValue(platform.architecture);
  const size = architecture === undefined ? undefined : COMMAND_LINE_SIZE.get(architecture);
  const limit = (size ?? USUAL_SIZE) - 1;
  return { length, limit, architecture: size === undefined ? undefined : architecture, fits: length <= limit };
}

/** A way of naming ports. */
export interface PortNaming {
  /** Elements of an ACS list, with the ports that each stands for in the order given. */
  readonly elements: readonly { readonly spec: string; readonly ports: readonly PciFunction[] }[];
  /** Functions with ACS, or of which that is not known, that the list names besides. */
  readonly besides: readonly PciFunction[];
}

/**
 * Ways of naming `ports`, the longest and most exact first: by path; by vendor and device where these ids are of no
 * other function that may have ACS; by vendor and device wherever that is shorter, with what it hits besides.
 */
export function portNamings(topology: PciTopology, ports: readonly PciFunction[]): readonly PortNaming[] {
  const byPath = { elements: ports.map((port) => ({ spec: pathSpec(port), ports: [port] })), besides: [] };
  const namings: PortNaming[] = [byPath];
  for (const any of [false, true]) {
    const naming = byIds(topology, ports, any);
    if (naming.elements.length < (namings.at(-1)?.elements.length ?? 0)) namings.push(naming);
  }
  return namings;
}

function byIds(topology: PciTopology, ports: readonly PciFunction[], any: boolean): PortNaming {
  const wanted = new Set(ports);
  const groups = new Map<string, { ports: PciFunction[]; besides: readonly PciFunction[] }>();
  for (const port of ports) {
    const spec = idSpec(port);
    const group = spec === undefined ? undefined : groups.get(spec);
    if (group !== undefined) group.ports.push(port);
    else if (spec !== undefined) groups.set(spec, { ports: [port], besides: hitsOf(topology, port, wanted) });
  }
  const elements: { spec: string; ports: readonly PciFunction[] }[] = [];
  const besides: PciFunction[] = [];
  for (const port of ports) {
    const spec = idSpec(port);
    const group = spec === undefined ? undefined : groups.get(spec);
    const worth = group !== undefined && group.ports.length > 1 && (any || group.besides.length === 0);
    if (!worth || spec === undefined) elements.push({ spec: shortPath(port), ports: [port] });
    else if (group.ports[0] === port) {
      elements.push({ spec, ports: group.ports });
      besides.push(...group.besides);
    }
  }
  return { elements, besides };
}

/** Other functions of the same ids. Where ids are not known, it may be any. */
function hitsOf({ functions }: PciTopology, port: PciFunction, wanted: ReadonlySet<PciFunction>): PciFunction[] {
  const same = (a: number | undefined, b: number | undefined): boolean => a === undefined || a === b;
  const [vendor, device] = [factValue(port.ids.vendor), factValue(port.ids.device)];
  return functions.filter(
    (fn) =>
      !wanted.has(fn) &&
      fn.acs.state !== 'absent' &&
      same(factValue(fn.ids.vendor), vendor) &&
      same(factValue(fn.ids.device), device),
  );
}

function idSpec({ ids }: PciFunction): string | undefined {
  const [vendor, device] = [factValue(ids.vendor), factValue(ids.device)];
  if (vendor === undefined || device === undefined || vendor === 0 || device === 0) return undefined;
  const hex = (id: number): string => id.toString(16).padStart(4, '0');
  return `pci:${hex(vendor)}:${hex(device)}`;
}

/** Domain 0 may be left out. */
function shortPath(port: PciFunction): string {
  let top = port;
  for (let above = upstreamBridge(top); above !== undefined; above = upstreamBridge(top)) top = above;
  const path = pathSpec(port);
  return bdfDomain(top.bdf) === 0 ? path.replace(/^0+:/, '') : path;
}
