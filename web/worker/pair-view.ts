/** One pair, both ways: the verdict as `report` tells it, and the way of a real request. */
import { type Analysis, answerPair, type PairAnswer } from '../../src/analyze.ts';
import { answerPeerTrace, answerTrace, barMemory } from '../../src/answers/index.ts';
import { hex } from '../../src/base/index.ts';
import type { Situation } from '../../src/diagnose/index.ts';
import { ACS_REDIRECT_BITS, type PciFunction } from '../../src/pci/index.ts';
import {
  answerSentence,
  type DeviceNames,
  fixSections,
  type Section,
  type Subject,
  whySections,
} from '../../src/report/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import { type DirectionView, type PairView, type RouteView, TYPE_OF_CODE, type TypeCode } from '../protocol.ts';
import { largestBar } from './ranges.ts';
import { routeView } from './route-view.ts';

/** What a pair is asked of. */
export interface PairContext {
  readonly analysis: Analysis;
  readonly situation: Situation;
  readonly names: DeviceNames;
}

/** The pair, both ways. */
export function pairView(context: PairContext, provider: PciFunction, client: PciFunction): PairView {
  return { forth: direction(context, provider, client), back: direction(context, client, provider) };
}

function direction(context: PairContext, provider: PciFunction, client: PciFunction): DirectionView {
  const { analysis, situation, names } = context;
  const subject: Subject = {
    analysis: { ...analysis, machine: situation.machine, situation },
    names,
    whatIf: undefined,
  };
  const answer = answerPair(subject.analysis, provider, client);
  const { verdict } = answer;
  const redirects = verdict.reasons.flatMap((r) => (r.code === 'acs-redirect' ? r.ports : []));
  const help = fixSections(answer, names);
  const route = routeOf(context, provider, client);
  const refused = verdict.mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED';
  return {
    provider: provider.index,
    client: client.index,
    type: TYPE_OF_CODE.indexOf(verdict.mapType) as TypeCode,
    ...answerSentence(verdict, names),
    sections: [...whySections(subject, answer), ...(answer.fix === undefined ? help : [])],
    missing: verdict.missing.length,
    path: verdict.path.map((fn) => fn.index),
    redirects: redirects.map(({ port }) => port.index),
    meets: verdict.commonUpstream?.index ?? -1,
    stop: refused
      ? (verdict.commonUpstream?.index ?? -1 - client.hostBridge.index)
      : route?.outcome === 'lost'
        ? route.stops.at(-1)?.place
        : undefined,
    route,
    fix: fixView(answer, help),
  };
}

function fixView({ fix }: PairAnswer, [section]: readonly Section[]): DirectionView['fix'] {
  if (fix === undefined || section === undefined) return undefined;
  return { section, choices: fix.ports.map(({ port }) => ({ port: port.index, mask: ACS_REDIRECT_BITS, bits: 0 })) };
}

/** A read of the first byte of the provider's largest BAR, at the address that the kernel gives the client for it. */
function routeOf(context: PairContext, provider: PciFunction, client: PciFunction): RouteView | undefined {
  const { situation, names } = context;
  if (provider === client) return undefined;
  const largest = largestBar(provider);
  if (largest === undefined) return undefined;
  const { bar } = largest;
  const nameOf = (fn: PciFunction): string => names.labelOf(fn) ?? formatBdf(fn.bdf);
  const meant = { fn: provider, bar };
  const request = (address: bigint, kind: string): string =>
    `${nameOf(client)} reads ${hex(address)}: BAR ${bar} of ${nameOf(provider)} by ${kind}`;
  // One page is enough to see the way; a BAR may be larger than an I/O address space.
  const memory = barMemory(provider, bar, [{ offset: 0n, length: 0x1000n }]);
  const peer = memory.ok
    ? answerPeerTrace(situation, { memory: memory.value, importer: client, variant: 'intended', maskBits: undefined })
    : undefined;
  const result = peer?.mapping.result;
  if (peer?.traces !== undefined && result?.state === 'answered' && result.outcome.outcome === 'mapped') {
    const { space, addr } = result.outcome.mapping.table.at(0).dmaAddress;
    return routeView(peer.traces.read.route, request(addr, SPACES[space]), meant, names);
  }
  const address = provider.resources[bar]?.bus.start ?? 0n;
  const { route } = answerTrace(situation, { requester: client, address, kind: 'read', stage: undefined });
  return routeView(route, request(address, 'its bus address, which Linux does not hand out'), meant, names);
}

const SPACES = { bus: 'PCI bus address', iova: 'I/O address', phys: 'physical address' } as const;
