/** What a drawn tree tells of a machine, which has functions that no other text lists. */
import { rawText } from '../../base/index.ts';
import {
  bdfBus,
  makeBdf,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MASK,
  PCI_PRIMARY_BUS,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
} from '../../uapi/index.ts';
import type { CapturePart, PartFunction } from '../capture-part.ts';
import { ConfigSpace, noConfigSpace } from '../config-space.ts';
import { ABSENT, type Fact, known, NOT_IN_INPUT } from '../fact.ts';
import type { CapturedRootBus } from '../machine-capture.ts';
import { deviceFact } from './build-function.ts';
import { parseDeviceName } from './function-title.ts';
import { MaskedBytes } from './masked-bytes.ts';
import type { DrawnFunction } from './tree-lines.ts';

const NO_REGISTERS = 'a tree shows no registers: run sudo lspci -xxxx';

/** The part of all trees of one machine. @param source what to call the text */
export function treePart(drawn: Iterable<DrawnFunction>, source: string): CapturePart {
  const all = [...drawn];
  const scratch = new MaskedBytes();
  return {
    origin: { source, passage: 'lspci-tree', line: all[0]?.line },
    functions: all.map((fn) => drawnFunction(fn, scratch)),
    rootBuses: rootBusesOf(all),
    findings: [],
  };
}

function drawnFunction(fn: DrawnFunction, scratch: MaskedBytes): PartFunction {
  const { bdf, line, parent, rootBus, name } = fn;
  return {
    bdf,
    line,
    config: configOf(fn, scratch),
    parent: parent === undefined ? ABSENT : known(parent),
    rootBus: known(rootBus),
    ...(name !== undefined && namedFacts(name)),
  };
}

function namedFacts(words: string): Partial<PartFunction> {
  const title = parseDeviceName(words);
  return {
    ...(title.vendor !== undefined && { vendor: known(title.vendor) }),
    device: deviceFact(title),
    ...(title.named !== undefined && { namedDevices: title.named }),
    ...(title.name !== undefined && { printedName: known(rawText(title.name)) }),
  };
}

/** A bridge, where buses are drawn behind it. Those of CardBus, which have the same numbers at the same places, are not told apart. */
function configOf({ bdf, buses }: DrawnFunction, scratch: MaskedBytes): ConfigSpace {
  if (buses === undefined) return noConfigSpace(NO_REGISTERS);
  scratch.set(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_BRIDGE, PCI_HEADER_TYPE_MASK);
  scratch.set(PCI_PRIMARY_BUS, 1, bdfBus(bdf));
  scratch.set(PCI_SECONDARY_BUS, 1, buses.secondary);
  scratch.set(PCI_SUBORDINATE_BUS, 1, buses.subordinate);
  const { bytes, mask } = scratch.finish();
  return new ConfigSpace(bytes, { mask, whyUnknown: NO_REGISTERS });
}

/** Ascending. */
function rootBusesOf(drawn: readonly DrawnFunction[]): Fact<readonly CapturedRootBus[]> {
  const buses = new Map<number, CapturedRootBus>();
  for (const { rootBus } of drawn) {
    buses.set(makeBdf(rootBus.domain, rootBus.bus, 0), {
      ...rootBus,
      firmwareInstance: NOT_IN_INPUT,
      platformNode: NOT_IN_INPUT,
    });
  }
  return known([...buses].sort(([a], [b]) => a - b).map(([, bus]) => bus));
}
