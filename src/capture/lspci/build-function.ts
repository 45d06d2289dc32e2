/** Puts together the facts of one function. */
import { rawText } from '../../base/index.ts';
import type { Bdf } from '../../uapi/index.ts';
import type { PartFunction } from '../capture-part.ts';
import { ABSENT, type Fact, known, mapFact, NOT_IN_INPUT, unreadable } from '../fact.ts';
import { buildConfig } from './build-config.ts';
import { addressKind, type DumpContext } from './dump-context.ts';
import type { FunctionTitle } from './function-title.ts';
import { looseRegisters } from './loose-registers.ts';
import type { ParsedFunction } from './parsed-function.ts';
import { printedResources } from './printed-resources.ts';
import type { FunctionText } from './printed-text.ts';
import { printedProgIf, printedRevision } from './synthesize-header.ts';

const NO_LINK = { speed: NOT_IN_INPUT, width: NOT_IN_INPUT, maxSpeed: NOT_IN_INPUT, maxWidth: NOT_IN_INPUT };
const FROM_BUS_NUMBERS = unreadable('follows from the bus numbers in config space');

/** Builds the captured form of `fn`. */
export function buildFunction(
  fn: ParsedFunction,
  context: DumpContext,
  byBdf: ReadonlyMap<Bdf, ParsedFunction>,
): PartFunction {
  const { title, text } = fn;
  return {
    bdf: fn.bdf,
    line: fn.line,
    ...(fn.acsLine !== undefined && !fn.dumpIsWhole && { acsLine: fn.acsLine }),
    config: buildConfig(fn, context),
    ...looseRegisters(text.loose, context.scratch),
    vendor: numberOr(title.vendor, 'the vendor is printed by name only: run lspci -nn'),
    device: deviceFact(title),
    ...(title.named !== undefined && { namedDevices: title.named }),
    subsystemVendor: subsystemFact(text, text.subsystem?.vendor),
    subsystemDevice: subsystemFact(text, text.subsystem?.device),
    classCode: classFact(fn),
    revision: revisionFact(fn),
    printedName: title.name === undefined ? NOT_IN_INPUT : known(rawText(title.name)),
    resources: printedResources(fn, addressKind(context, fn.bdf), byBdf),
    parent: fn.parent === undefined ? FROM_BUS_NUMBERS : known(fn.parent),
    rootBus: FROM_BUS_NUMBERS,
    physfn: unreadable('follows from the SR-IOV capability of the physical function'),
    driver: mapFact(driverFact(fn, context), rawText),
    numaNode: numberFact(text.numaNode, fn, context.printsNumaNodes),
    iommuGroup: numberFact(text.iommuGroup, fn, context.printsIommuGroups && mayBeWithoutGroup(fn, context)),
    dmaMaskBits: NOT_IN_INPUT,
    consistentDmaMaskBits: NOT_IN_INPUT,
    link: NO_LINK,
    label: mapFact(labelFact(fn), rawText),
    powerState: powerFact(fn),
    p2pmemSize: NOT_IN_INPUT,
  };
}

/** The number, else the only device that has the name. */
export function deviceFact({ device, named }: Pick<FunctionTitle, 'device' | 'named'>): Fact<number> {
  const [only, ...others] = named ?? [];
  if (device === undefined && only !== undefined && others.length === 0) {
    return known(only, { inferredFrom: 'the name of the device' });
  }
  return numberOr(device, 'the device is printed by name only: run lspci -nn');
}

/** Numbers in config space, where there is a dump, are left to those who decode it. */
function numberOr(value: number | undefined, why: string): Fact<number> {
  return value === undefined ? unreadable(why) : known(value);
}

function revisionFact(fn: ParsedFunction): Fact<number> {
  const revision = printedRevision(fn);
  return fn.title.classCode === undefined || revision === undefined ? NOT_IN_INPUT : known(revision);
}

function classFact(fn: ParsedFunction): Fact<number> {
  const { title } = fn;
  const progIf = printedProgIf(fn);
  if (title.classCode === undefined) return unreadable('the class is not printed');
  if (progIf === undefined) return unreadable('the programming interface is not printed: run lspci -v');
  return known(title.classCode * 0x100 + progIf);
}

function subsystemFact(text: FunctionText, id: number | undefined): Fact<number> {
  if (id !== undefined) return known(id);
  if (text.subsystem !== undefined) return unreadable('the subsystem is printed by name only: run lspci -nn');
  return NOT_IN_INPUT;
}

/** Are the lines of the function all there, so that what they do not tell is not there? */
function showsAll({ text, textIsWhole, dumpIsWhole }: ParsedFunction): boolean {
  // Beside a whole dump the text is not judged.
  return textIsWhole || (dumpIsWhole && text.detail !== 'none' && !text.leftOut && !text.titleLost && !text.cut);
}

function driverFact(fn: ParsedFunction, context: DumpContext): Fact<string> {
  const { text } = fn;
  const driver = text.values.get('Kernel driver in use');
  if (driver !== undefined) return known(driver);
  // That a line is missing shows only beside the one about modules.
  return text.values.has('Kernel modules') && showsAll(fn) && context.printsDrivers ? ABSENT : NOT_IN_INPUT;
}

function numberFact(value: number | undefined, fn: ParsedFunction, printedElsewhere: boolean): Fact<number> {
  if (value !== undefined) return known(value);
  return printedElsewhere && showsAll(fn) ? ABSENT : NOT_IN_INPUT;
}

/** Root complexes and IOMMUs have no group on some machines. Of other functions most that have none lost the line. */
function mayBeWithoutGroup({ title }: ParsedFunction, context: DumpContext): boolean {
  return context.mostHaveNoGroup || title.classCode === PCI_CLASS_BRIDGE_HOST || title.classCode === PCI_CLASS_IOMMU;
}

const PCI_CLASS_BRIDGE_HOST = 0x0600;
const PCI_CLASS_IOMMU = 0x0806;

function labelFact(fn: ParsedFunction): Fact<string> {
  const { text } = fn;
  const name = text.values.get('DeviceName');
  const slot = text.values.get('Physical Slot');
  if (name !== undefined) return known(name);
  if (slot !== undefined) return known(`slot ${slot}`);
  return showsAll(fn) ? ABSENT : NOT_IN_INPUT;
}

/** `Status: D0 NoSoftRst+ …` of the Power Management capability. A function that does not answer is off. */
function powerFact({ text, dumpIsWhole }: ParsedFunction): Fact<string> {
  // A dump tells it too, for those who decode it.
  if (dumpIsWhole) return NOT_IN_INPUT;
  if (text.values.has('Unknown header type')) return known('D3cold');
  const capability = text.capabilities.find(({ title }) => title.startsWith('Power Management'));
  const state = /^Status: D([0-3])\b/m.exec(capability?.lines.join('\n') ?? '')?.[1];
  if (state === undefined) return NOT_IN_INPUT;
  return known(state === '3' ? 'D3hot' : `D${state}`);
}
