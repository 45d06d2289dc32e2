/** The kernel's own words on peer-to-peer DMA. drivers/pci/p2pdma.c. */
import { type Bdf, parseBdf } from '../../uapi/index.ts';
import type { KernelPeerMessage } from '../capture-part.ts';

const ADDRESS = String.raw`[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
const SENTENCES: readonly (readonly [form: RegExp, says: KernelPeerMessage['says']])[] = [
  // 4.20 … 5.1 do not name the provider.
  [
    new RegExp(
      `^cannot be used for peer-to-peer DMA as the client and provider(?: \\((${ADDRESS})\\))? do not share an upstream bridge`,
      'i',
    ),
    'not-allowed',
  ],
  [/^cannot be used for peer-to-peer DMA/, 'not-allowed'],
  [new RegExp(`^ACS redirect is set between the client and provider \\((${ADDRESS})\\)`, 'i'), 'redirected'],
  [/^to disable ACS redirect for this path, add the kernel parameter:/, 'hint'],
  [/^Host bridge not in (?:P2PDMA )?whitelist:/, 'hint'],
];

/** Is this how such a message begins, with its end on the next line? Mail programs and terminals break these long lines. */
export function isBrokenPeerMessage(text: string): boolean {
  if (/kernel parameter:$/.test(text)) return true;
  return /(?:cannot be used for peer-to-peer|ACS redirect is set)/.test(text) && !/bridge$|\)$|device$/.test(text);
}

/**
 * Reads what is printed of `client`, the text behind `DRIVER ADDRESS: `.
 * @param whole the whole message, as people know it
 */
export function parsePeerMessage(
  text: string,
  client: Bdf,
  whole: string,
  line: number,
): KernelPeerMessage | undefined {
  for (const [form, says] of SENTENCES) {
    const match = form.exec(text);
    if (match === null) continue;
    const provider = match[1] === undefined ? undefined : parseBdf(match[1]);
    return { text: whole, line, says, provider, client };
  }
  return undefined;
}

/** The functions that `pci=disable_acs_redir=a;b;c` in a message names. */
export function portsOfHint(text: string): readonly Bdf[] {
  const list = /pci=disable_acs_redir=([0-9a-f:.;]+)/i.exec(text)?.[1] ?? '';
  return list.split(';').flatMap((address) => parseBdf(address) ?? []);
}
