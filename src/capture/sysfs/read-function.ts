/** One function of a sysfs tree. */
import { rawText } from '../../base/index.ts';
import { type Bdf, formatBdf } from '../../uapi/index.ts';
import { noConfigSpace } from '../config-space.ts';
import { ABSENT, type Fact, known, mapFact, NOT_IN_INPUT, unreadable } from '../fact.ts';
import type { CapturedFunction } from '../machine-capture.ts';
import { type AttributeDir, readDecimal, readHex, readLinkName, readNumber, readText, required } from './attributes.ts';
import { readConfigFile } from './config-file.ts';
import { type Coverage, notThere, quote, type Report } from './coverage.ts';
import type { FunctionPath } from './device-paths.ts';
import { withFunctionFacts } from './facts-file.ts';
import type { Directory, FileTree } from './file-tree.ts';
import { readLink } from './link-attributes.ts';
import { parseName } from './names.ts';
import { readResourceFile } from './resource-file.ts';

/** Reads every file of a function that {@link CapturedFunction} has a place for. */
export function readFunction(tree: FileTree, path: FunctionPath, coverage: Coverage, report: Report): CapturedFunction {
  const where = formatBdf(path.bdf);
  const files = path.directory === undefined ? ABSENT : tree.directory(path.directory);
  if (files.state !== 'known') {
    const why = `its directory is not in ${coverage.noun}`;
    report('damaged', 'function-directory-missing', where, why);
    return functionWithoutFiles(path, why);
  }
  const dir = attributeDir(files.value, coverage);
  // Reading config space wakes a sleeping function, so its power state is read first.
  const powerState = readPowerState(dir);
  const need = <T>(fact: Fact<T>, name: string): Fact<T> => required(fact, name, coverage);
  const fn: CapturedFunction = {
    bdf: path.bdf,
    config: readConfigFile(files.value.readFile('config'), where, coverage.noun, report),
    vendor: need(readHex(dir, 'vendor', 4), 'vendor'),
    device: need(readHex(dir, 'device', 4), 'device'),
    subsystemVendor: need(readHex(dir, 'subsystem_vendor', 4), 'subsystem_vendor'),
    subsystemDevice: need(readHex(dir, 'subsystem_device', 4), 'subsystem_device'),
    classCode: need(readHex(dir, 'class', 6), 'class'),
    revision: need(readHex(dir, 'revision', 2), 'revision'),
    printedName: NOT_IN_INPUT,
    resources: readResourceFile(dir, where, report),
    parent: path.parent,
    rootBus: path.rootBus,
    physfn: linkedAddress(dir, 'physfn'),
    driver: mapFact(readLinkName(dir, 'driver'), rawText),
    numaNode: readNumaNode(dir),
    iommuGroup: linkedNumber(dir, 'iommu_group'),
    dmaMaskBits: need(readMaskBits(dir, 'dma_mask_bits'), 'dma_mask_bits'),
    consistentDmaMaskBits: need(readMaskBits(dir, 'consistent_dma_mask_bits'), 'consistent_dma_mask_bits'),
    link: readLink(dir),
    label: mapFact(readText(dir, 'label'), rawText),
    powerState: need(powerState, 'power_state'),
    p2pmemSize: readP2pmemSize(tree, path.directory ?? '', dir),
  };
  return coverage.kind === 'sysfs' ? fn : withFunctionFacts(fn, files.value, report);
}

/** Captures hold the `uevent` file of every function that they hold whole; hand-made trees often lack it. */
function attributeDir(files: Directory, coverage: Coverage): AttributeDir {
  const whole = coverage.kind === 'sysfs' || (coverage.devices && files.readFile('uevent').state !== 'absent');
  return { files, coverage, whole };
}

function functionWithoutFiles({ bdf, parent, rootBus }: FunctionPath, why: string): CapturedFunction {
  const unknown = unreadable(why);
  return {
    bdf,
    config: noConfigSpace(why),
    vendor: unknown,
    device: unknown,
    subsystemVendor: unknown,
    subsystemDevice: unknown,
    classCode: unknown,
    revision: unknown,
    printedName: NOT_IN_INPUT,
    resources: unknown,
    parent,
    rootBus,
    physfn: unknown,
    driver: unknown,
    numaNode: unknown,
    iommuGroup: unknown,
    dmaMaskBits: unknown,
    consistentDmaMaskBits: unknown,
    link: { speed: unknown, width: unknown, maxSpeed: unknown, maxWidth: unknown },
    label: unknown,
    powerState: unknown,
    p2pmemSize: unknown,
  };
}

function readPowerState(dir: AttributeDir): Fact<string> {
  const state = readText(dir, 'power_state');
  if (state.state !== 'known' || /^D[0-3](?:hot|cold)?$/.test(state.value)) return state;
  return unreadable(`power_state says ${quote(state.value)}`);
}

function readNumaNode(dir: AttributeDir): Fact<number> {
  const node = readDecimal(dir, 'numa_node');
  return node.state === 'known' && node.value < 0 ? ABSENT : node;
}

function readMaskBits(dir: AttributeDir, name: string): Fact<number> {
  return readNumber(dir, name, (text) => (/^[0-9]{1,2}$/.test(text) && Number(text) <= 64 ? Number(text) : undefined));
}

/** The folder is there once a driver has published memory. */
function readP2pmemSize(tree: FileTree, directory: string, dir: AttributeDir): Fact<bigint> {
  const files = tree.directory(`${directory}/p2pmem`);
  if (files.state !== 'known') return dir.whole ? ABSENT : notThere('p2pmem folder', dir.coverage);
  const parse = (text: string) => (/^[0-9]{1,20}$/.test(text) ? BigInt(text) : undefined);
  return readNumber({ ...dir, files: files.value }, 'size', parse);
}

function linkedAddress(dir: AttributeDir, name: string): Fact<Bdf> {
  const target = readLinkName(dir, name);
  if (target.state !== 'known') return target;
  const bdf = parseName(target.value);
  return bdf === undefined ? unreadable(`${name} points to ${quote(target.value)}`) : known(bdf);
}

function linkedNumber(dir: AttributeDir, name: string): Fact<number> {
  const target = readLinkName(dir, name);
  if (target.state !== 'known') return target;
  const number = /^[0-9]{1,9}$/.test(target.value) ? Number(target.value) : undefined;
  return number === undefined ? unreadable(`${name} points to ${quote(target.value)}`) : known(number);
}
