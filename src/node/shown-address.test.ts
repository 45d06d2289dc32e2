import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { shownHost } from './shown-address.ts';

function address(text: string, family: 'IPv4' | 'IPv6', internal = false): NetworkInterfaceInfo {
  const rest = { netmask: '', mac: '', cidr: null, internal, address: text };
  return family === 'IPv4' ? { ...rest, family } : { ...rest, family, scopeid: 0 };
}

const HOST = {
  lo: [address('127.0.0.1', 'IPv4', true), address('::1', 'IPv6', true)],
  eth0: [address('fe80::1', 'IPv6'), address('2001:db8::5', 'IPv6'), address('192.0.2.7', 'IPv4')],
};

test.each([
  ['127.0.0.1', HOST, '127.0.0.1'],
  ['2001:db8::5', HOST, '[2001:db8::5]'],
  ['0.0.0.0', HOST, '192.0.2.7'],
  ['::', HOST, '192.0.2.7'],
  ['::', { eth0: HOST.eth0.slice(0, 2) }, '[2001:db8::5]'],
  ['0.0.0.0', { lo: HOST.lo }, '127.0.0.1'],
  ['::', { lo: HOST.lo }, '[::1]'],
])('who listens on %s is told an address that can be opened, %#', (host, interfaces, shown) => {
  expect(shownHost(host, interfaces)).toBe(shown);
});
