/** The view in the address of the page, after the `#`. */
import type { IommuMode } from '../src/diagnose/index.ts';

/** What fills the main place. */
export type MainView = (typeof MAIN_VIEWS)[number];

const MAIN_VIEWS = ['matrix', 'tree', 'table', 'findings', 'lab'] as const;

/** What a link carries. Functions by address: indexes mean nothing to others. */
export interface LinkState {
  readonly open: string | undefined;
  readonly view: MainView | undefined;
  readonly provider: string | undefined;
  readonly client: string | undefined;
  readonly kernel: string | undefined;
  readonly iommu: IommuMode | undefined;
  readonly acs: readonly { readonly bdf: string; readonly mask: number; readonly bits: number }[];
  /** A shipped scenario that is played on the machine, which is not its own. */
  readonly play: string | undefined;
  /** Steps of a scenario that are taken. */
  readonly step: number | undefined;
}

const MODES: readonly string[] = ['off', 'dma', 'dma-fq', 'pt'];

/** Reads the text after `#`; what is not understood is left out. */
export function readLink(hash: string): LinkState {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const one = (name: string): string | undefined => words.get(name) ?? undefined;
  const oneOf = <T extends string>(name: string, of: readonly string[]): T | undefined => {
    const value = one(name);
    return value !== undefined && of.includes(value) ? (value as T) : undefined;
  };
  return {
    open: one('open'),
    view: oneOf<MainView>('view', MAIN_VIEWS),
    provider: one('provider'),
    client: one('client'),
    kernel: /^\d{1,3}\.\d{1,4}(\.\d{1,5})?$/.test(one('kernel') ?? '') ? one('kernel') : undefined,
    iommu: oneOf<IommuMode>('iommu', MODES),
    play: one('play'),
    step: /^\d{1,7}$/.test(one('step') ?? '') ? Number(one('step')) : undefined,
    acs: (one('acs') ?? '').split(',').flatMap((part) => {
      const read = /^([0-9a-f:.]+)=([0-9a-f]{1,2})\.([0-9a-f]{1,2})$/.exec(part);
      return read === null
        ? []
        : [{ bdf: read[1] ?? '', mask: Number.parseInt(read[2] ?? '', 16), bits: Number.parseInt(read[3] ?? '', 16) }];
    }),
  };
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
  add('acs', state.acs.map(({ bdf, mask, bits }) => `${bdf}=${mask.toString(16)}.${bits.toString(16)}`).join(','));
  add('play', state.play);
  add('step', state.step === undefined ? undefined : String(state.step));
  return words.join('&');
}
