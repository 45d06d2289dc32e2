/** Machine descriptions: a YAML text that says what is plugged in where. examples/machines/README.md is its manual. */
import { LineCounter, parseDocument } from 'yaml';
import { err, type Failure, ok, type Result } from '../../base/index.ts';
import type { MachineCapture } from '../../capture/index.ts';
import { parseKernelCmdline } from '../../uapi/index.ts';
import { buildMachine } from './build-machine.ts';
import { functionSpec } from './device-kinds.ts';
import { DEEPEST, DescriptionError, Fields, Located } from './located.ts';
import type {
  CpuSpec,
  DeviceSpec,
  HostBridgeSpec,
  IommuSpec,
  KernelSpec,
  MachineSpec,
  MissingFact,
} from './machine-spec.ts';
import { GIB } from './place-addresses.ts';
import { readIdPair, readSize, readWindow } from './quantities.ts';
import { type DeviceContext, readDevices } from './read-devices.ts';

/** Why a description makes no machine. */
export interface DescriptionProblem extends Failure {
  /** From 1. */
  readonly line: number;
  /** Where in the description: `host-bridges[0].devices[2].bars.1`; empty for the text as a whole. */
  readonly path: string;
}

const MARK = 'peerpath-machine';

/** Is this a machine description? It is one if its first line that is no comment begins with `peerpath-machine:`. */
export function looksLikeMachineDescription(bytes: Uint8Array): boolean {
  return beginsWithKey(bytes, MARK);
}

/** Does the first line of a YAML text that is no comment begin with this key? */
export function beginsWithKey(bytes: Uint8Array, key: string): boolean {
  let text = '';
  for (const byte of bytes.subarray(0, 4096)) text += String.fromCharCode(byte);
  const first = text
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .split(/\r?\n/)
    .find((line) => line.trim() !== '' && line.trim() !== '---' && !line.startsWith('#'));
  return first?.startsWith(`${key}:`) === true;
}

/**
 * Reads a description and makes the capture of its machine. Never throws.
 * @param name file name for messages
 */
export function readMachineDescription(text: string, name: string): Result<MachineCapture, DescriptionProblem> {
  const problem = (line: number, path: string, what: string) => {
    const place = path === '' ? '' : `${path} `;
    return err({ line, path, text: `${name}:${line}: ${place}${what}` });
  };
  const parsed = parseYaml(text);
  if (!parsed.ok) return problem(parsed.error.line, '', parsed.error.text);
  try {
    return ok(describedMachine(parsed.value));
  } catch (error) {
    if (!(error instanceof DescriptionError)) throw error;
    return problem(error.line, error.path, error.message);
  }
}

/** The top of a YAML text, or the line where it is none. */
export function parseYaml(text: string): Result<Located, { readonly line: number; readonly text: string }> {
  const deep = lineTooDeep(text);
  if (deep !== undefined) return err({ line: deep, text: 'the description is nested too deeply' });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken === undefined) return ok(new Located({ document, lines }, document.contents, ''));
  return err({ line: lines.linePos(broken.pos[0]).line, text: `not YAML: ${sentence(broken.message)}` });
}

/**
 * The machine that a node describes.
 * @throws DescriptionError where it makes none
 */
export function describedMachine(root: Located): MachineCapture {
  const { machine, bridges } = readMachine(root);
  const built = buildMachine(machine);
  if (built.ok) return built.value;
  const at = bridges[built.error.hostBridge] ?? root;
  throw new DescriptionError(at.line, at.path, built.error.text);
}

/** The YAML parser recurses, and dies of nesting that no description needs; gives the line where that begins. */
function lineTooDeep(text: string): number | undefined {
  let brackets = 0;
  for (const [i, line] of text.split('\n').entries()) {
    const indent = line.search(/[^\s?:-]/);
    if ((indent < 0 ? line.length : indent) > DEEPEST) return i + 1;
    for (const char of line) {
      brackets += '[{'.includes(char) ? 1 : ']}'.includes(char) ? -1 : 0;
      if (brackets > DEEPEST) return i + 1;
    }
  }
  return undefined;
}

function sentence(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/[.:]+$/, '').toLowerCase();
}

const KEYS = [
  ...[MARK, 'name', 'about', 'kernel', 'cmdline', 'config', 'modules', 'cpu', 'memory', 'iommu', 'missing'],
  ...['kinds', 'host-bridges'],
];

function readMachine(root: Located): { machine: MachineSpec; bridges: readonly Located[] } {
  if (!root.isMapping) root.fail('the description should be a mapping');
  const fields = Fields.of(root, KEYS);
  // A machine within a scenario need not say again what it is.
  const mark = fields.get(MARK) ?? (root.path === '' ? root.fail(`begins without ${MARK}: 1`) : undefined);
  mark?.choice(['1']);
  const kinds = new Map(fields.read('kinds', (at) => at.entries()) ?? []);
  const context: DeviceContext = { kinds, functions: 0, numbers: new Map() };
  const bridges = fields.get('host-bridges')?.list() ?? root.fail('has no host-bridges');
  const missing = new Set<MissingFact>(fields.read('missing', readMissing) ?? []);
  const cpu = fields.read('cpu', readCpu);
  if (cpu === undefined) missing.add('cpu');
  if (fields.get('kernel') === undefined) missing.add('kernel');
  if (fields.get('iommu') === undefined) missing.add('iommu');
  const kernel = readKernel(fields);
  const machine: MachineSpec = {
    name: fields.read('name', (at) => at.text()) ?? 'machine',
    kernel,
    cpu: cpu ?? { vendorId: undefined, family: undefined, modelName: undefined },
    memory: fields.read('memory', readSize) ?? 16 * GIB,
    iommu: fields.read('iommu', (at) => readIommu(at, kernel.cmdline)),
    hostBridges: bridges.map((at) => readHostBridge(context, at)),
    missing,
  };
  return { machine, bridges };
}

function readMissing(at: Located): MissingFact[] {
  const facts: readonly MissingFact[] = ['cpu', 'iomem', 'iommu', 'kernel', 'root-buses', 'resources'];
  return at.list().map((item) => item.choice(facts));
}

function readKernel(fields: Fields): KernelSpec {
  const config = fields.read('config', (at) =>
    at.entries().map(([key, value]): [string, string] => [key, value.text()]),
  );
  return {
    release: fields.read('kernel', (at) => at.text()) ?? '',
    cmdline: fields.read('cmdline', (at) => at.text()) ?? '',
    config: new Map(config ?? [['CONFIG_PCI_P2PDMA', 'y']]),
    modules: fields.read('modules', (at) => at.list().map((item) => item.text())) ?? [],
  };
}

function readCpu(at: Located): CpuSpec {
  const fields = Fields.of(at, ['vendor', 'family', 'model']);
  return {
    vendorId: fields.read('vendor', (value) => value.text()),
    family: fields.read('family', (value) => value.integer(0, 0xfff)),
    modelName: fields.read('model', (value) => value.text()),
  };
}

/** `none`, `intel`, `amd`, `smmuv3`, or `{kind: intel, type: identity}`; without a type the command line decides, as at boot. */
function readIommu(at: Located, cmdline: string): IommuSpec | undefined {
  const fields = at.isMapping ? Fields.of(at, ['kind', 'type']) : undefined;
  const kindAt = fields === undefined ? at : (fields.get('kind') ?? at.fail('has no kind'));
  const kind = kindAt.choice(['none', 'intel', 'amd', 'smmuv3'] as const);
  const type = fields?.read('type', (value) => value.choice(['DMA', 'DMA-FQ', 'identity'] as const));
  if (kind === 'none') return undefined;
  const { passthrough, strict } = parseKernelCmdline(cmdline, kind === 'smmuv3' ? 'other' : 'x86').iommu;
  return { kind, groupType: type ?? (passthrough === true ? 'identity' : strict === true ? 'DMA' : 'DMA-FQ') };
}

function readHostBridge(context: DeviceContext, at: Located): HostBridgeSpec {
  const fields = Fields.of(at, [
    ...['domain', 'bus', 'last-bus', 'numa', 'id', 'memory-window', 'prefetchable-window', 'platform-node'],
    ...['iomem-name', 'behind', 'devices'],
  ]);
  const [vendor, device] = fields.read('id', readIdPair) ?? [undefined, undefined];
  const first: DeviceSpec[] = [];
  if (vendor !== undefined) first.push({ slot: 0, functions: [functionSpec('host-bridge', { vendor, device })] });
  const directory = fields.read('platform-node', (value) => value.text());
  const devices = [...first, ...(fields.read('devices', (value) => readDevices(context, value)) ?? [])];
  return {
    domain: fields.read('domain', (value) => value.integer(0, 0xffff_ffff)) ?? 0,
    bus: fields.read('bus', (value) => value.integer(0, 255)),
    lastBus: fields.read('last-bus', (value) => value.integer(0, 255)),
    numaNode: fields.read('numa', (value) => value.integer(0, 1023)),
    memoryWindow: fields.read('memory-window', readWindow),
    prefetchableWindow: fields.read('prefetchable-window', (value) =>
      value.text() === 'none' ? 'none' : readWindow(value),
    ),
    platform:
      directory === undefined
        ? undefined
        : { directory, iomemName: fields.read('iomem-name', (value) => value.text()) ?? directory },
    behind: fields.read('behind', (value) => value.text()),
    devices,
  };
}
