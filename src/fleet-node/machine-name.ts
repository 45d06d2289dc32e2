/** How a machine of a fleet is called. */
import { printable } from '../base/index.ts';

/** Endings that say how an input is packed. */
const ENDINGS = /(?:\.(?:tar|tgz|tbz2?|txz|zip|gz|bz2|xz|zst|txt|log|yaml|yml|capture))+$/i;

/** Names that tell of the kind of an input, not of a machine: the folder around it is of one. */
const KINDS = /^(?:peerpath-)?(?:capture|machine|host|lspci|dmesg|sysfs|sys|root)$/i;

/** The host name where the input prints it; else the last part of the name of the input that tells, without endings. */
export function machineName(source: string, host: string | undefined): string {
  if (host !== undefined) return printable(host);
  const number = /#\d+$/.exec(source)?.[0] ?? '';
  const parts = source
    .slice(0, source.length - number.length)
    .split(/[/!]/)
    .filter((part) => part !== '');
  const last = parts.at(-1) ?? source;
  const plain = last.replace(ENDINGS, '');
  const above = parts.at(-2);
  const told = KINDS.test(plain) && above !== undefined && !/^\.+$/.test(above) ? above.replace(ENDINGS, '') : plain;
  return printable(`${told === '' ? last : told}${number}`);
}
