/**
 * `facts.json`: what files of `/sys` and `/proc` have no place for, in archives written from other inputs. One stands at
 * the top, for the machine; one beside the files of each function that needs it. What it says counts before the files.
 *
 * A fact is `{"known": VALUE}`, `"absent"` or `{"unknown": WHY}`.
 */
import { rawText } from '../../base/index.ts';
import { type Bdf, formatBdf, parseBdf } from '../../uapi/index.ts';
import type { ArchitectureHint, MachineCapture } from '../capture-part.ts';
import { type CapabilityPlaces, ConfigSpace } from '../config-space.ts';
import { ABSENT, type Fact, factValue, known, unreadable } from '../fact.ts';
import type { CapturedCpu, CapturedFunction, SourceKind, SystemName, SystemNameKind } from '../machine-capture.ts';
import { quote, type Report } from './coverage.ts';
import { type Directory, type FileTree, readTextAt } from './file-tree.ts';

/** Its name, in the root of an archive and in directories of functions. */
export const FACTS_FILE = 'facts.json';

/** What the file at the top tells. */
export interface MachineFacts {
  readonly sourceKind: SourceKind | undefined;
  readonly cpu: CapturedCpu | undefined;
  readonly architecture: readonly ArchitectureHint[];
  /** The machine runs without an IOMMU, though the archive is not whole. */
  readonly noGroups: boolean;
}

/** Inputs that an archive of files would hide: rules ask whether an input shows all functions. */
const HIDDEN_KINDS: readonly SourceKind[] = ['lspci-hex', 'lspci-text', 'report', 'hwloc'];
const PCI_CFG_SPACE_SIZES = [256, 4096];
const MOST_BYTES = 4096;
const LONGEST_WHY = 300;

/** The file of a machine; undefined where it needs none. */
export function machineFactsText({ source, cpu, parts, iommuGroups }: MachineCapture): string | undefined {
  const architecture = parts.flatMap(({ architecture: hints }) => hints ?? []);
  const partly = cpu.state === 'known' && Object.values(cpu.value).some((fact) => fact.state === 'unreadable');
  const facts = {
    ...(HIDDEN_KINDS.includes(source.kind) ? { sourceKind: source.kind } : {}),
    ...(partly ? { cpu: cpuJson(cpu.value) } : {}),
    ...(architecture.length > 0 ? { architecture } : {}),
    ...(iommuGroups.state !== 'unreadable' && (factValue(iommuGroups) ?? []).length === 0 ? { iommuGroups: [] } : {}),
  };
  return Object.keys(facts).length === 0 ? undefined : `${JSON.stringify(facts)}\n`;
}

/** Facts of a function that may be "none". */
const OPTIONAL = ['physfn', 'driver', 'numaNode', 'iommuGroup', 'label', 'p2pmemSize'] as const;

/**
 * The file of a function; undefined where it needs none. `inPath`: the path of its directory tells its place. `whole`: a
 * file that is missing there means "none".
 */
export function functionFactsText(
  fn: CapturedFunction,
  { inPath, whole }: { readonly inPath: boolean; readonly whole: boolean },
): string | undefined {
  const absent = whole ? [] : OPTIONAL.filter((name) => fn[name].state === 'absent');
  const { config, printedAcs, expressType, namedDevices, printedName, parent, rootBus, systemNames } = fn;
  const facts = {
    ...(isPlain(config) ? {} : { config: configJson(config) }),
    ...(inPath ? {} : { parent: factJson(parent, formatBdf), rootBus: factJson(rootBus) }),
    ...(absent.length === 0 ? {} : { absent }),
    ...(printedAcs === undefined ? {} : { printedAcs }),
    ...(expressType === undefined ? {} : { expressType: factJson(expressType) }),
    ...(namedDevices === undefined ? {} : { namedDevices }),
    ...(printedName.state === 'known' ? { printedName: printedName.value } : {}),
    ...(systemNames === undefined ? {} : { systemNames }),
  };
  return Object.keys(facts).length === 0 ? undefined : `${JSON.stringify(facts)}\n`;
}

/** Does a file of the bytes alone read back as the same? */
function isPlain({ bytes, mask, size, places }: ConfigSpace): boolean {
  if (mask !== undefined || (places !== undefined && places.standard.size + places.extended.size > 0)) return false;
  return !PCI_CFG_SPACE_SIZES.includes(bytes.length) || size === bytes.length;
}

function configJson({ bytes, mask, size, places, whyUnknown }: ConfigSpace): object {
  return {
    bytes: hexOf(bytes),
    ...(mask === undefined ? {} : { mask: hexOf(mask) }),
    ...(size === undefined ? {} : { size }),
    ...(places === undefined ? {} : { standard: [...places.standard], extended: [...places.extended] }),
    why: whyUnknown,
  };
}

function factJson<T>(fact: Fact<T>, write: (value: T) => unknown = (value) => value): unknown {
  if (fact.state === 'known') return { known: write(fact.value) };
  return fact.state === 'absent' ? 'absent' : { unknown: fact.why };
}

function cpuJson({ vendorId, family, modelName }: CapturedCpu): object {
  return { vendorId: factJson(vendorId), family: factJson(family), modelName: factJson(modelName) };
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Reads the file at the top; what is not of its form is as if it were not there. */
export function readMachineFacts(tree: FileTree, report: Report): MachineFacts | undefined {
  const json = parseFile(readTextAt(tree, FACTS_FILE), FACTS_FILE, report);
  if (json === undefined) return undefined;
  const { sourceKind, cpu, architecture } = json;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const fields = isObject(cpu)
    ? {
        vendorId: readFact(cpu['vendorId'], text),
        family: readFact(cpu['family'], wholeNumber),
        modelName: readFact(cpu['modelName'], text),
      }
    : undefined;
  return {
    sourceKind: HIDDEN_KINDS.find((kind) => kind === sourceKind),
    cpu: fields,
    architecture: Array.isArray(architecture) ? architecture.filter(isHint) : [],
    noGroups: Array.isArray(json['iommuGroups']) && json['iommuGroups'].length === 0,
  };
}

const ARCHITECTURES = ['x86', 'arm64', 'arm', 'riscv', 'ppc64', 'loongarch', 's390', 'mips', 'sparc64', 'other'];

function isHint(value: unknown): value is ArchitectureHint {
  return isObject(value) && typeof value['words'] === 'string' && ARCHITECTURES.includes(String(value['architecture']));
}

/** The function with what its file says. */
export function withFunctionFacts(fn: CapturedFunction, files: Directory, report: Report): CapturedFunction {
  const json = parseFile(files.readText(FACTS_FILE), formatBdf(fn.bdf), report);
  if (json === undefined) return fn;
  const { config, parent, rootBus, printedAcs, expressType, namedDevices, printedName } = json;
  const systemNames = namesOf(json['systemNames']);
  const numbers = Array.isArray(namedDevices) ? namedDevices.filter((id) => wholeNumber(id) !== undefined) : undefined;
  return {
    ...fn,
    ...absentFacts(fn, json['absent']),
    ...(isObject(config) ? { config: readConfig(config) ?? fn.config } : {}),
    ...(parent === undefined ? {} : { parent: readFact(parent, bdfOf) }),
    ...(rootBus === undefined ? {} : { rootBus: readFact(rootBus, rootBusOf) }),
    ...(isObject(printedAcs)
      ? { printedAcs: { cap: wholeNumber(printedAcs['cap']), control: wholeNumber(printedAcs['control']) } }
      : {}),
    ...(expressType === undefined ? {} : { expressType: readFact(expressType, wholeNumber) }),
    ...(numbers === undefined ? {} : { namedDevices: numbers }),
    ...(typeof printedName === 'string' ? { printedName: known(rawText(printedName)) } : {}),
    ...(systemNames.length === 0 ? {} : { systemNames }),
  };
}

const NAME_KINDS: readonly SystemNameKind[] = ['netdev', 'rdma', 'nvme', 'drm', 'accel', 'nvidia', 'amd', 'intel'];

function namesOf(value: unknown): SystemName[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, 64).flatMap((each: unknown): SystemName[] => {
    if (!isObject(each) || typeof each['name'] !== 'string') return [];
    const kind = NAME_KINDS.find((possible) => possible === each['kind']);
    return kind === undefined ? [] : [{ kind, name: rawText(each['name'].slice(0, 64)) }];
  });
}

function absentFacts(fn: CapturedFunction, names: unknown): Partial<CapturedFunction> {
  if (!Array.isArray(names)) return {};
  const absent = OPTIONAL.filter((name) => names.includes(name) && fn[name].state === 'unreadable');
  return Object.fromEntries(absent.map((name) => [name, ABSENT]));
}

function parseFile(text: Fact<string>, where: string, report: Report): Record<string, unknown> | undefined {
  if (text.state !== 'known') return undefined;
  try {
    const json: unknown = JSON.parse(text.value);
    if (isObject(json)) return json;
  } catch {
    // Told below.
  }
  report('damaged', 'facts-odd', where, `${FACTS_FILE} is ${quote(text.value)}, and not of its form; ignored`);
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is not of a fact's form is unknown: never "none". */
function readFact<T>(json: unknown, read: (value: unknown) => T | undefined): Fact<T> {
  if (json === 'absent') return ABSENT;
  if (isObject(json) && 'known' in json) {
    const value = read(json['known']);
    if (value !== undefined) return known(value);
  }
  const why = isObject(json) && typeof json['unknown'] === 'string' ? json['unknown'].slice(0, LONGEST_WHY) : undefined;
  return unreadable(why ?? `${FACTS_FILE} does not tell`);
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function bdfOf(value: unknown): Bdf | undefined {
  return typeof value === 'string' ? parseBdf(value) : undefined;
}

function rootBusOf(value: unknown): { readonly domain: number; readonly bus: number } | undefined {
  if (!isObject(value)) return undefined;
  const [domain, bus] = [wholeNumber(value['domain']), wholeNumber(value['bus'])];
  return domain === undefined || bus === undefined || bus > 0xff ? undefined : { domain, bus };
}

function readConfig(json: Record<string, unknown>): ConfigSpace | undefined {
  const bytes = bytesOf(json['bytes']);
  const mask = json['mask'] === undefined ? undefined : bytesOf(json['mask']);
  if (bytes === undefined || (json['mask'] !== undefined && mask?.length !== bytes.length)) return undefined;
  const size = PCI_CFG_SPACE_SIZES.find((possible) => possible === json['size']);
  const standard = placesOf(json['standard']);
  const extended = placesOf(json['extended']);
  const places: CapabilityPlaces | undefined = standard && extended && { standard, extended };
  const why = typeof json['why'] === 'string' ? json['why'].slice(0, LONGEST_WHY) : 'not in this capture';
  return new ConfigSpace(bytes, { mask, size, places, whyUnknown: why });
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string' || value.length > 2 * MOST_BYTES || !/^(?:[0-9a-f]{2})*$/.test(value)) return undefined;
  return Uint8Array.from({ length: value.length / 2 }, (_, at) => Number.parseInt(value.slice(2 * at, 2 * at + 2), 16));
}

/** Pairs of capability id and offset. */
function placesOf(value: unknown): ReadonlyMap<number, number> | undefined {
  if (!Array.isArray(value)) return undefined;
  return new Map(
    value.flatMap((pair: unknown): [number, number][] => {
      const [id, offset] = Array.isArray(pair) ? pair.map(wholeNumber) : [];
      return id === undefined || offset === undefined || offset >= MOST_BYTES ? [] : [[id, offset]];
    }),
  );
}
