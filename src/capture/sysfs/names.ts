/** Names of directories and links that stand for PCI functions and root buses. */
import { type Bdf, formatBdf, parseBdf } from '../../uapi/index.ts';

/** The address in a directory or link name; undefined unless it is written exactly as the kernel writes it. */
export function parseName(name: string): Bdf | undefined {
  const bdf = parseBdf(name);
  return bdf !== undefined && formatBdf(bdf) === name ? bdf : undefined;
}

/** The domain and bus in the name of a root bus directory. */
export function parseRootBus(name: string): { domain: number; bus: number } | undefined {
  const match = /^pci([0-9a-f]{4,8}):([0-9a-f]{2})$/.exec(name);
  if (match === null) return undefined;
  return { domain: Number.parseInt(match[1] ?? '', 16), bus: Number.parseInt(match[2] ?? '', 16) };
}
