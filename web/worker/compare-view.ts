/** Two machines, or one before and after a change, as the page draws them beside each other. */
import type { Analysis } from '../../src/analyze.ts';
import { focusOf, type MachineDiff, type Situation } from '../../src/diagnose/index.ts';
import { ACS_REDIRECT_BITS, deviceKind, KIND_ORDER, type PciFunction } from '../../src/pci/index.ts';
import type { DeviceNames } from '../../src/report/index.ts';
import { linkRate } from '../../src/route/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import type { CompareView, MarkView } from '../report-protocol.ts';
import { machineView } from './machine-view.ts';
import { changedPorts, pairTypes } from './situation.ts';

/** One side. */
export interface CompareSide {
  readonly analysis: Analysis;
  readonly situation: Situation;
  readonly names: DeviceNames;
}

const REDIRECT = { on: 'redirect-on', off: 'redirect-off', same: 'acs' } as const;

/** Devices of the largest matrix that is drawn. */
const MOST_DEVICES = 40;

/** What is drawn of a difference. @param sameMachine the second is the first after a change */
export function compareView(a: CompareSide, b: CompareSide, diff: MachineDiff, sameMachine: boolean): CompareView {
  const twin = new Map(diff.functions.pairs);
  const common = focusOf(a.analysis.topology.functions).devices.filter((fn) => twin.has(fn));
  const changed = new Set(diff.pairs.flatMap(({ first }) => [first.provider, first.client]));
  const order = (fn: PciFunction): number => KIND_ORDER.indexOf(deviceKind(fn));
  const wanted = common.filter((fn) => changed.has(fn)).sort((x, y) => order(x) - order(y));
  const devices = wanted.slice(0, MOST_DEVICES);
  const others = devices.flatMap((fn) => twin.get(fn) ?? []);
  return {
    devices: devices.map((fn) => a.names.labelOf(fn) ?? formatBdf(fn.bdf)),
    before: pairTypes(a.situation.machine, devices),
    after: pairTypes(b.situation.machine, others),
    leftOut: wanted.length - devices.length,
    alike: common.length - wanted.length,
    marksA: sameMachine ? [] : diff.functions.onlyFirst.map((fn): MarkView => ({ fn: fn.index, what: 'gone' })),
    marksB: marks(a, b, diff, sameMachine),
    b: sameMachine
      ? undefined
      : machineView(b.analysis, b.names, { title: b.analysis.capture.source.name, called: undefined }),
  };
}

/** Of the functions of the second; what is new says more than what else is different about it. */
function marks(a: CompareSide, b: CompareSide, diff: MachineDiff, sameMachine: boolean): MarkView[] {
  const found = new Map<number, MarkView['what']>();
  for (const [, other] of diff.moved) found.set(other.index, 'moved');
  for (const { other, first, second } of diff.links) {
    const rate = (link: typeof first): number => (link === undefined ? 0 : (linkRate(link.speed, link.width) ?? 0));
    if (rate(first) !== rate(second)) found.set(other.index, rate(second) < rate(first) ? 'slower' : 'faster');
  }
  if (sameMachine)
    for (const { port, redirect } of changedPorts(b.analysis.topology.functions, a.situation, b.situation))
      found.set(port, REDIRECT[redirect]);
  else
    for (const { other, first = 0, second = 0 } of diff.acs) {
      const [was, is] = [first & ACS_REDIRECT_BITS, second & ACS_REDIRECT_BITS];
      found.set(other.index, was !== 0 && is === 0 ? 'redirect-off' : was === 0 && is !== 0 ? 'redirect-on' : 'acs');
    }
  for (const fn of diff.functions.onlySecond) found.set(fn.index, 'new');
  return [...found].map(([fn, what]) => ({ fn, what }));
}
