/** What a link says of a machine that is open, and what of it cannot be had there. */
import type { LinkState } from './link.ts';
import { sayLeftOut } from './state.ts';
import { isQuestion, type Tab } from './tab.ts';

/** Chooses what a link names; what the machine does not have is said. */
export function choose(tab: Tab, link: LinkState): void {
  const missing = new Set<string>();
  const at = (bdf: string | undefined): number | undefined => {
    const index = bdf === undefined ? undefined : tab.byBdf.get(bdf);
    if (bdf !== undefined && index === undefined) missing.add(bdf);
    return index;
  };
  const [provider, client] = [at(link.provider), at(link.client)];
  if (provider !== undefined && client !== undefined) tab.pair.value = { provider, client };
  const acs = link.acs.flatMap(({ bdf, mask, bits }) => {
    const port = at(bdf);
    return port === undefined ? [] : [{ port, mask, bits }];
  });
  const { kernel, iommu, cmdline, cpu, hostBridge } = link;
  const asked = { kernel, iommu, cmdline, cpu, hostBridge, acs };
  tab.question.value = isQuestion(asked) ? asked : tab.boot;
  const absent = missing.size === 0 ? [] : [`This machine has no ${[...missing].join(', ')}: left out of the link.`];
  sayLeftOut([...link.notUnderstood.map((what) => `The link says ${what}: left out.`), ...absent]);
}

/** What a link to a machine and its question says. */
export function linkOf(tab: Tab): LinkState {
  const bdf = (index: number | undefined): string | undefined => (index === undefined ? undefined : tab.fn(index)?.bdf);
  const pair = tab.pair.value;
  const { kernel, iommu, cmdline, cpu, hostBridge, acs } = tab.question.value;
  return {
    open: tab.address,
    view: undefined,
    provider: bdf(pair?.provider),
    client: bdf(pair?.client),
    kernel,
    iommu,
    cmdline,
    cpu,
    hostBridge,
    acs: acs.map(({ port, mask, bits }) => ({ bdf: bdf(port) ?? '', mask, bits })),
    play: undefined,
    step: undefined,
    notUnderstood: [],
  };
}

/** The scenario that is played on the machine of a tab, where that is not the scenario's own. */
export function playedHere(tab: Tab): string | undefined {
  const input = tab.lab.value?.input;
  return input?.from === 'scenario' && input.on !== undefined ? input.name : undefined;
}
