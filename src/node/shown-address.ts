/** Addresses to open in a browser. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/**
 * The name of a host in an address to open: what is listened on, but for the addresses that mean all of them. Those no
 * browser can open elsewhere: the first address of this host that others can reach stands for them.
 * @param interfaces of this host
 */
export function shownHost(
  host: string,
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): string {
  if (host !== '0.0.0.0' && host !== '::') return bracketed(host);
  const all = Object.values(interfaces).flatMap((each: NetworkInterfaceInfo[] | undefined) => each ?? []);
  const reachable = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const first = reachable.find(({ family }) => family === 'IPv4') ?? (host === '::' ? reachable[0] : undefined);
  return bracketed(first?.address ?? (host === '::' ? '::1' : '127.0.0.1'));
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
