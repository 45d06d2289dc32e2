/** Devices of a description: kinds, repetition, switches, functions of one slot. */
import {
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_PCIE_BRIDGE,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
} from '../../uapi/index.ts';
import { type DeviceKind, deviceKinds, EMPTY_BRIDGE, functionSpec, isDeviceKind } from './device-kinds.ts';
import { Fields, type Located } from './located.ts';
import type { BridgeSpec, DeviceSpec, FunctionSpec, PcieSpec, SriovSpec } from './machine-spec.ts';
import { readAcs, readBarSize, readBars, readHex, readIdPair, readLink, readSerial, readSize } from './quantities.ts';

/** What device entries may refer to, and what runs through the whole description. */
export interface DeviceContext {
  /** Kinds the description defines. */
  readonly kinds: ReadonlyMap<string, Located>;
  /** Functions read so far. */
  functions: number;
  /** How often a label with `#`, or a serial number, was given out. */
  readonly numbers: Map<string, number>;
}

/** More functions than this are taken for a slip of the pen. */
const MOST_FUNCTIONS = 65_536;

const FUNCTION_KEYS = [
  ...['kind', 'count', 'slot', 'functions', 'label', 'id', 'subsystem', 'class', 'revision', 'type', 'bars', 'rom'],
  ...['acs', 'link', 'payload', 'read-request', 'serial', 'ats', 'pasid', 'rebar', 'sriov', 'msi', 'driver', 'numa'],
  ...['dma-mask', 'power', 'p2pmem', 'memory-decode', 'bus-master', 'config-bytes'],
];
const BRIDGE_KEYS = ['below', 'reserve', 'hotplug', 'slot-number'];
const SWITCH_KEYS = ['upstream', 'port', 'ports'];
const ALL_KEYS = [...FUNCTION_KEYS, ...BRIDGE_KEYS, ...SWITCH_KEYS];
/** A switch passes these on to its ports. */
const OF_ALL_PORTS = ['id', 'subsystem', 'link', 'payload', 'numa', 'config-bytes'];

/** The devices of one bus: `[gpu, {kind: nic, count: 2}]`. */
export function readDevices(context: DeviceContext, list: Located): DeviceSpec[] {
  return list.list().flatMap((entry) => {
    const fields = readFields(entry);
    const count = fields.read('count', (value) => value.integer(0, MOST_FUNCTIONS)) ?? 1;
    return Array.from({ length: count }, () => readDevice(context, fields));
  });
}

/** A word is the kind alone. */
function readFields(entry: Located): Fields {
  if (entry.isMapping) return Fields.of(entry, ALL_KEYS);
  entry.text();
  return Fields.none(entry);
}

function readDevice(context: DeviceContext, fields: Fields): DeviceSpec {
  const slot = fields.read('slot', (value) => value.integer(0, 31));
  const several = fields.get('functions');
  if (several === undefined) return { slot, functions: [readFunction(context, fields)] };
  const shared = fields.without(['functions', 'slot', 'count']);
  const entries = several.list();
  if (entries.length < 1 || entries.length > 8) several.fail('should have one to eight functions');
  if (entries[0]?.isEmpty !== false) several.fail('needs a function 0');
  return {
    slot,
    functions: entries.map((entry) =>
      entry.isEmpty ? undefined : readFunction(context, readFields(entry).without(['slot', 'count']).over(shared)),
    ),
  };
}

/** Follows `kind` through the kinds of the description to one that peerpath knows. */
function resolveKind(context: DeviceContext, fields: Fields): { kind: DeviceKind | 'switch'; fields: Fields } {
  let all = fields;
  let at = fields.get('kind') ?? (fields.at.isMapping ? fields.at.fail('has no kind') : fields.at);
  const seen = new Set<string>();
  for (;;) {
    const name = at.text();
    const described = context.kinds.get(name);
    if (described === undefined) {
      if (name === 'switch' || isDeviceKind(name)) return { kind: name, fields: all };
      const known = [...context.kinds.keys(), 'switch', ...deviceKinds()];
      return at.fail(`is "${name}", which is no kind (known: ${known.join(', ')})`);
    }
    if (seen.has(name)) at.fail(`is "${name}", a kind that leads back to itself`);
    seen.add(name);
    const layer = Fields.of(described, ALL_KEYS);
    all = all.over(layer);
    at = layer.get('kind') ?? described.fail('has no kind that it is based on');
  }
}

function readFunction(context: DeviceContext, given: Fields): FunctionSpec {
  const { kind, fields } = resolveKind(context, given);
  return kind === 'switch' ? readSwitch(context, fields) : readOneFunction(context, kind, fields);
}

/** An upstream port, and a downstream port for every device below (or as many as `ports` says). */
function readSwitch(context: DeviceContext, fields: Fields): FunctionSpec {
  const ofAll = fields.only(OF_ALL_PORTS);
  const portFields = (fields.read('port', (at) => Fields.of(at, ALL_KEYS)) ?? Fields.none(fields.at))
    .over(fields.only(['acs', 'hotplug']))
    .over(ofAll);
  const ports: FunctionSpec[] = [];
  for (const entry of fields.get('below')?.list() ?? []) {
    const entryFields = readFields(entry);
    const count = entryFields.read('count', (value) => value.integer(0, MOST_FUNCTIONS)) ?? 1;
    for (let i = 0; i < count; i++) {
      const resolved = entryFields.get('functions') === undefined ? resolveKind(context, entryFields) : undefined;
      const own =
        resolved?.kind === 'downstream-port' ? resolved.fields.over(portFields) : portFields.without(['below']);
      const port = readOneFunction(context, 'downstream-port', own);
      const devices =
        own === portFields || resolved?.kind !== 'downstream-port' ? [readDevice(context, entryFields)] : [];
      ports.push(devices.length === 0 ? port : { ...port, bridge: { ...(port.bridge ?? EMPTY_BRIDGE), devices } });
    }
  }
  const wanted = fields.read('ports', (value) => value.integer(1, 32)) ?? ports.length;
  if (ports.length > wanted) fields.get('ports')?.fail(`is ${wanted}, and ${ports.length} devices are below`);
  while (ports.length < wanted) ports.push(readOneFunction(context, 'downstream-port', portFields));
  const upstreamFields = fields.read('upstream', (at) => Fields.of(at, ALL_KEYS)) ?? Fields.none(fields.at);
  const ofDevice = fields.only(['label', 'serial', 'driver', ...OF_ALL_PORTS]);
  const upstream = readOneFunction(context, 'upstream-port', upstreamFields.over(ofDevice));
  const devices = ports.map((port): DeviceSpec => ({ slot: undefined, functions: [port] }));
  return { ...upstream, bridge: { ...(upstream.bridge ?? EMPTY_BRIDGE), devices } };
}

function readOneFunction(context: DeviceContext, kind: DeviceKind, fields: Fields): FunctionSpec {
  context.functions++;
  const base = functionSpec(kind);
  const [vendor, device] = fields.read('id', readIdPair) ?? [base.vendor, base.device];
  const subsystem = fields.read('subsystem', readIdPair) ?? [base.subsystemVendor, base.subsystemDevice];
  const sriov = fields.read('sriov', (at) => (at.isEmpty ? undefined : readSriov(at)));
  context.functions += sriov?.numVfs ?? 0;
  if (context.functions > MOST_FUNCTIONS) fields.at.fail(`makes more than ${MOST_FUNCTIONS} functions`);
  for (const key of base.bridge === undefined ? [...BRIDGE_KEYS, ...SWITCH_KEYS] : SWITCH_KEYS) {
    fields.get(key)?.fail(`is not for a ${kind}`);
  }
  const changes: Partial<FunctionSpec> = {
    ...defined({
      classCode: fields.read('class', (at) => readHex(at, 6)),
      revision: fields.read('revision', (at) => readHex(at, 2)),
      bars: fields.read('bars', (at) => readBars(at, base.bridge === undefined ? 6 : 2)),
      rom: fields.read('rom', (at) => (at.text() === 'none' ? 0 : readBarSize(at))),
      msi: fields.read('msi', (at) => at.choice(['off', 'msi', 'msix'])),
      dmaMaskBits: fields.read('dma-mask', (at) => at.integer(1, 64)),
      powerState: fields.read('power', (at) => at.choice(['D0', 'D1', 'D2', 'D3hot', 'D3cold'])),
      p2pmemSize: fields.read('p2pmem', readSize),
      memoryEnable: fields.read('memory-decode', (at) => at.flag()),
      busMaster: fields.read('bus-master', (at) => at.flag()),
      configBytes: fields.read('config-bytes', (at) => at.integer(0, 4096)),
      numaNode: fields.read('numa', (at) => at.integer(0, 1023)),
      label: fields.read('label', (at) => numbered(context, at.text())),
      serial: fields.read('serial', (at) => readSerial(at) + BigInt(next(context, at.path))),
    }),
    vendor,
    device,
    subsystemVendor: subsystem[0],
    subsystemDevice: subsystem[1],
    pcie: readExpress(fields, base.pcie),
    ...optional(fields, 'acs', readAcs),
    ...optional(
      fields,
      'ats',
      offOr((at) => at.flag()),
    ),
    ...optional(
      fields,
      'pasid',
      offOr((at) => at.flag()),
    ),
    ...optional(
      fields,
      'driver',
      offOr((at) => at.text()),
    ),
    ...(fields.get('sriov') === undefined ? {} : { sriov }),
    ...(base.bridge === undefined ? {} : { bridge: readBridge(context, kind, fields) }),
  };
  const spec = functionSpec(kind, changes);
  return { ...spec, rebar: fields.read('rebar', (at) => readRebar(at, spec)) ?? fittingRebar(spec) };
}

/** Leaves out what was not given, so that the kind's own value stands. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

/** A field whose value may be undefined although it was given (`acs: none`). */
function optional<K extends string, T>(fields: Fields, key: K, read: (at: Located) => T): { [P in K]?: T } {
  const at = fields.get(key);
  return at === undefined ? {} : ({ [key]: read(at) } as { [P in K]?: T });
}

/** `none` says that there is none. */
function offOr<T>(read: (at: Located) => T): (at: Located) => T | undefined {
  return (at) => (at.text() === 'none' ? undefined : read(at));
}

/** A `#` in a label becomes 0, 1, 2, ... */
function numbered(context: DeviceContext, label: string): string {
  return label.includes('#') ? label.replace('#', String(next(context, label))) : label;
}

function next(context: DeviceContext, key: string): number {
  const number = context.numbers.get(key) ?? 0;
  context.numbers.set(key, number + 1);
  return number;
}

const TYPES: ReadonlyMap<string, number> = new Map([
  ['endpoint', PCI_EXP_TYPE_ENDPOINT],
  ['legacy', PCI_EXP_TYPE_LEG_END],
  ['integrated', PCI_EXP_TYPE_RC_END],
  ['root-port', PCI_EXP_TYPE_ROOT_PORT],
  ['downstream-port', PCI_EXP_TYPE_DOWNSTREAM],
  ['pci-to-pcie-bridge', PCI_EXP_TYPE_PCIE_BRIDGE],
]);

/** The PCI Express capability: that of the kind with what was given. `type: conventional` takes it away. */
function readExpress(fields: Fields, base: PcieSpec | undefined): PcieSpec | undefined {
  const typeAt = fields.get('type');
  if (typeAt?.text() === 'conventional') return undefined;
  const payload = fields.read('payload', readPayload);
  const readRequest = fields.read('read-request', readPayload);
  const link = fields.read('link', readLink);
  const type = typeAt === undefined ? base?.type : (TYPES.get(typeAt.text()) ?? typeAt.choice([...TYPES.keys()]));
  if (type === undefined || typeof type === 'string') return undefined;
  const start = base ?? { link: undefined, maxPayloadSupported: 512, maxPayload: 256, maxReadRequest: 512 };
  const integrated = type === PCI_EXP_TYPE_RC_END;
  return {
    type,
    link: integrated ? undefined : (link ?? start.link),
    maxPayloadSupported: Math.max(start.maxPayloadSupported, payload ?? 0),
    maxPayload: payload ?? start.maxPayload,
    maxReadRequest: readRequest ?? start.maxReadRequest,
  };
}

function readPayload(at: Located): number {
  return Number(at.choice(['128', '256', '512', '1024', '2048', '4096']));
}

/** `{vfs: 8, enabled: 4, id: 101e, bars: {0: 2M 64 pref}, offset: 16, stride: 1, driver: vfio-pci}`. */
function readSriov(at: Located): SriovSpec {
  const fields = Fields.of(at, ['vfs', 'enabled', 'id', 'bars', 'offset', 'stride', 'driver']);
  const totalVfs =
    fields.read('vfs', (value) => value.integer(1, 1024)) ?? at.fail('does not say how many vfs there are');
  return {
    totalVfs,
    numVfs: fields.read('enabled', (value) => value.integer(0, totalVfs)) ?? 0,
    firstOffset: fields.read('offset', (value) => value.integer(1, 0xffff)),
    stride: fields.read('stride', (value) => value.integer(1, 0xffff)),
    vfDevice: fields.read('id', (value) => readHex(value, 4)) ?? 0x101e,
    bars: fields.read('bars', (value) => readBars(value, 6)) ?? [],
    vfDriver: fields.read('driver', (value) => value.text()),
  };
}

/** `{1: [256M, 64G]}`: the sizes that a BAR could have. */
function readRebar(at: Located, spec: FunctionSpec): FunctionSpec['rebar'] {
  return at.entries().map(([key, sizes]) => {
    const bar = Number(key);
    if (spec.bars[bar] === undefined) sizes.fail('is not the number of a BAR of this function');
    const supported = sizes.list().map((size) => readBarSize(size));
    if (supported.some((size) => size < 0x10_0000 || size > 2 ** 47)) sizes.fail('has a size outside 1M to 128T');
    return { bar, supported };
  });
}

/** The kind's resizable BARs, as long as the BARs are still those of the kind. */
function fittingRebar(spec: FunctionSpec): FunctionSpec['rebar'] {
  return spec.rebar.filter(({ bar, supported }) => supported.includes(spec.bars[bar]?.size ?? 0));
}

function readBridge(context: DeviceContext, kind: DeviceKind, fields: Fields): BridgeSpec {
  const below = fields.get('below');
  const devices = below === undefined ? [] : readDevices(context, below);
  const link = kind === 'root-port' || kind === 'downstream-port';
  if (link && devices.length > 1) {
    below?.fail(`has ${devices.length} devices, and a PCI Express link leads to one (use a switch, or functions)`);
  }
  const reserve = fields.read('reserve', (at) => Fields.of(at, ['buses', 'memory', 'prefetchable']));
  return {
    devices,
    reserve: {
      buses: reserve?.read('buses', (at) => at.integer(0, 255)) ?? 0,
      memory: reserve?.read('memory', readSize) ?? 0,
      prefetchable: reserve?.read('prefetchable', readSize) ?? 0,
    },
    slotNumber: fields.read('slot-number', (at) => at.integer(0, 8191)),
    hotplug: fields.read('hotplug', (at) => at.flag()) ?? false,
  };
}
