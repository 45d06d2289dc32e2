/** The view in the address of the page, after the `#`. */
import { printable } from '../src/base/index.ts';
import type { IommuMode } from '../src/diagnose/index.ts';

/** What fills the main place. */
export type MainView = (typeof MAIN_VIEWS)[number];

const MAIN_VIEWS = ['matrix', 'tree', 'table', 'findings', 'reports', 'lab'] as const;

/** What a link carries. Functions by address: indexes mean nothing to others. */
export interface LinkState {
  readonly open: string | undefined;
  readonly view: MainView | undefined;
  readonly provider: string | undefined;
  readonly client: string | undefined;
  readonly kernel: string | undefined;
  readonly iommu: IommuMode | undefined;
  readonly cmdline: string | undefined;
  readonly cpu: 'zen' | 'other' | undefined;
  readonly hostBridge: string | undefined;
  readonly acs: readonly { readonly bdf: string; readonly mask: number; readonly bits: number }[];
  /** A shipped scenario that is played on the machine, which is not its own. */
  readonly play: string | undefined;
  /** Steps of a scenario that are taken. */
  readonly step: number | undefined;
  /** Words of the link that mean nothing, as they stand there. */
  readonly notUnderstood: readonly string[];
}

const MODES: readonly IommuMode[] = ['off', 'dma', 'dma-fq', 'pt'];

/** Reads the text after `#`; what is not understood is left out, and told. */
export function readLink(hash: string): LinkState {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const notUnderstood: string[] = [];
  const one = (name: string, form?: (value: string) => boolean): string | undefined => {
    const value = words.get(name) ?? undefined;
    if (value === undefined || value === '' || form?.(value) !== false) return value;
    notUnderstood.push(told(`${name}=${value}`));
    return undefined;
  };
  const oneOf = <T extends string>(name: string, of: readonly T[]): T | undefined =>
    one(name, (value) => (of as readonly string[]).includes(value)) as T | undefined;
  const step = one('step', (value) => /^\d{1,7}$/.test(value));
  return {
    open: one('open'),
    view: oneOf('view', MAIN_VIEWS),
    provider: one('provider', isBdf),
    client: one('client', isBdf),
    kernel: one('kernel', (value) => /^\d{1,3}\.\d{1,4}(\.\d{1,5})?$/.test(value)),
    iommu: oneOf('iommu', MODES),
    cmdline: one('cmdline', (value) => value.length <= MOST_CMDLINE),
    cpu: oneOf('cpu', ['zen', 'other']),
    hostBridge: one('host-bridge', (value) => /^[0-9a-f]{4}:[0-9a-f]{4}$/.test(value)),
    play: one('play'),
    step: step === undefined ? undefined : Number(step),
    acs: (one('acs') ?? '').split(',').flatMap((part) => {
      const [, bdf = '', mask = '', bits = ''] = /^([0-9a-f:.]+)=([0-9a-f]{1,2})\.([0-9a-f]{1,2})$/.exec(part) ?? [];
      if (bdf !== '') return [{ bdf, mask: Number.parseInt(mask, 16), bits: Number.parseInt(bits, 16) }];
      if (part !== '') notUnderstood.push(told(`acs=${part}`));
      return [];
    }),
    notUnderstood,
  };
}

function isBdf(value: string): boolean {
  return /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(value);
}

const MOST_CMDLINE = 16_384;
const MOST_TOLD = 60;

function told(words: string): string {
  return `"${printable(words.slice(0, MOST_TOLD))}${words.length > MOST_TOLD ? '…' : ''}"`;
}

/** Writes it. */
export function writeLink(state: LinkState): string {
  const words: string[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') words.push(`${name}=${encodeURIComponent(value).replaceAll('%3A', ':')}`);
  };
  add('open', state.open);
  add('view', state.view);
  add('provider', state.provider);
  add('client', state.client);
  add('kernel', state.kernel);
  add('iommu', state.iommu);
  add('cmdline', state.cmdline);
  add('cpu', state.cpu);
  add('host-bridge', state.hostBridge);
  add('acs', state.acs.map(({ bdf, mask, bits }) => `${bdf}=${mask.toString(16)}.${bits.toString(16)}`).join(','));
  add('play', state.play);
  add('step', state.step === undefined ? undefined : String(state.step));
  return words.join('&');
}
