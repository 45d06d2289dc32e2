/** One step of a scenario file: the key that is an action says what happens, the others say how. */
import { UMEM_DRIVERS } from '../../rdma/index.ts';
import { Fields, type Located } from '../machine/located.ts';
import { readExpectation } from './read-expectation.ts';
import { readByteCount, readData, readRange } from './read-values.ts';
import { EXPORTERS, type Expectation, IMPORTER_KINDS, REGION_ACCESS, type Step } from './scenario.ts';

type Action = Step['action'];

/** The keys that go with each action. */
const KEYS: Readonly<Record<Action, readonly string[]>> = {
  verdict: [],
  export: ['bar', 'ranges', 'exporter', 'size', 'as'],
  attach: ['device', 'importer', 'mask', 'on-invalidate', 'as'],
  map: ['as'],
  'reg-mr': ['device', 'driver', 'offset', 'length', 'address', 'access', 'page-sizes', 'as'],
  'dereg-mr': [],
  ioas: ['as'],
  'map-file': ['buffer', 'iova', 'offset', 'length', 'access'],
  'unmap-file': ['iova', 'length'],
  write: ['by', 'offset', 'length', 'data'],
  read: ['by', 'offset', 'length'],
  poke: ['bar', 'offset', 'length', 'data'],
  peek: ['bar', 'offset', 'length'],
  unmap: [],
  detach: [],
  invalidate: [],
  'close-buffer': [],
  revoke: [],
  restore: [],
  reset: [],
  'close-device': [],
  unplug: [],
  elapse: [],
  expect: [],
};

/** Reads a step. @param number from 1; it is the seed of data that the step does not tell */
export function readStep(at: Located, number: number): Step {
  const keys = at.entries().map(([key]) => key);
  const action = actionOf(keys) ?? at.fail(`has no action (one of ${Object.keys(KEYS).join(', ')})`);
  const fields = Fields.of(at, [action, 'note', 'expect', ...KEYS[action]]);
  const note = fields.read('note', (value) => value.text());
  const expect: Expectation | undefined = fields.read('expect', readExpectation);
  const base = {
    line: at.line,
    ...(note === undefined ? {} : { note }),
    ...(expect === undefined ? {} : { expect }),
  };
  return { ...base, ...readAction(action, new StepFields(fields, action, number)) } as Step;
}

/** An `expect` beside another action is that step's expectation. */
function actionOf(keys: readonly string[]): Action | undefined {
  const actions = keys.filter((key): key is Action => Object.hasOwn(KEYS, key) && key !== 'expect');
  return actions[0] ?? (keys.includes('expect') ? 'expect' : undefined);
}

/** What one step may move: all of it may have to be hashed. */
const MOST_BYTES = 64n << 30n;

/** The fields of one step, with what each action needs of them. */
class StepFields {
  readonly fields: Fields;
  readonly #number: number;
  /** The value of the action's own key. */
  readonly main: Located;

  constructor(fields: Fields, action: Action, number: number) {
    this.fields = fields;
    this.#number = number;
    this.main = fields.get(action) ?? fields.at;
  }

  name(key: string): string {
    return this.need(key).text();
  }

  need(key: string): Located {
    return this.fields.get(key) ?? this.fields.at.fail(`does not say "${key}"`);
  }

  bytes(key: string): bigint | undefined {
    return this.fields.read(key, readByteCount);
  }

  /** Data and its length: each follows from the other where it can. */
  data(): { readonly data: ReturnType<typeof readData>; readonly length: bigint } {
    const data = this.fields.read('data', readData) ?? { seed: this.#number };
    const length = this.bytes('length') ?? ('bytes' in data ? BigInt(data.bytes.length) : undefined);
    if (length === undefined) return this.fields.at.fail('does not say "length"');
    if (length > MOST_BYTES) this.fields.at.fail('moves more than 64G at once');
    return { data, length };
  }
}

function readAction(action: Action, step: StepFields): object {
  const { fields, main } = step;
  switch (action) {
    case 'verdict': {
      const pair = Fields.of(main, ['provider', 'client']);
      const need = (key: string): string => (pair.get(key) ?? main.fail(`does not say "${key}"`)).text();
      return { action, provider: need('provider'), client: need('client') };
    }
    case 'export':
      return readExport(step, main.text());
    case 'attach':
      return {
        action,
        buffer: main.text(),
        device: step.name('device'),
        importer: fields.read('importer', (at) => at.choice(IMPORTER_KINDS)) ?? 'dynamic',
        maskBits: fields.read('mask', (at) => at.integer(1, 64)) ?? 64,
        onInvalidate: fields.read('on-invalidate', (at) => at.choice(['unmap', 'keep'])) ?? 'unmap',
        as: step.name('as'),
      };
    case 'map':
      return { action, attachment: main.text(), as: step.name('as') };
    case 'reg-mr':
      return readRegistration(step);
    case 'ioas':
      return { action, device: main.text(), as: step.name('as') };
    case 'map-file':
      return {
        action,
        space: main.text(),
        buffer: step.name('buffer'),
        offset: step.bytes('offset') ?? 0n,
        length: readByteCount(step.need('length')),
        iova: readByteCount(step.need('iova')),
        access: fields.read('access', (at) => at.list().map((item) => item.choice(['read', 'write']))) ?? [
          'read',
          'write',
        ],
      };
    case 'unmap-file':
      return {
        action,
        space: main.text(),
        iova: readByteCount(step.need('iova')),
        length: readByteCount(step.need('length')),
      };
    case 'write':
    case 'read':
      return { action, target: readTarget(step), ...step.data() };
    case 'poke':
    case 'peek':
      return { action, device: main.text(), bar: readBar(step), offset: step.bytes('offset') ?? 0n, ...step.data() };
    case 'elapse':
      return { action, milliseconds: main.integer(0, 1_000_000_000) };
    case 'expect':
      return { action };
    case 'revoke':
    case 'restore':
    case 'reset':
    case 'close-device':
    case 'unplug':
      return { action, device: main.text() };
    default:
      return { action, name: main.text() };
  }
}

/** Pages of 4 KiB to 2 GiB: what an mlx5 adapter can be given. */
const USUAL_PAGE_SIZES: readonly bigint[] = Array.from({ length: 20 }, (_, n) => 4096n << BigInt(n));

function readRegistration(step: StepFields): object {
  const { fields, main } = step;
  const offset = step.bytes('offset') ?? 0n;
  return {
    action: 'reg-mr',
    buffer: main.text(),
    device: step.name('device'),
    driver: fields.read('driver', (at) => at.choice(UMEM_DRIVERS)) ?? 'mlx5',
    offset,
    length: readByteCount(step.need('length')),
    address: step.bytes('address') ?? offset,
    access: fields.read('access', (at) => at.list().map((item) => item.choice(REGION_ACCESS))) ?? ['local-write'],
    pageSizes: fields.read('page-sizes', (at) => at.list().map(readPageSize)) ?? USUAL_PAGE_SIZES,
    as: step.name('as'),
  };
}

function readPageSize(at: Located): bigint {
  const size = readByteCount(at);
  return size > 0n && (size & (size - 1n)) === 0n ? size : at.fail(`is "${at.text()}", not a power of two`);
}

function readBar(step: StepFields): number {
  return step.need('bar').integer(0, 8);
}

/** `exporter` only where it is not vfio. */
function readExport(step: StepFields, device: string): object {
  const exporter = step.fields.read('exporter', (at) => at.choice(EXPORTERS));
  const buffer = {
    action: 'export',
    device,
    bar: readBar(step),
    ranges: readRanges(step),
    as: step.name('as'),
  } as const;
  const size = step.bytes('size');
  return { ...buffer, ...(exporter === undefined ? {} : { exporter }), ...(size === undefined ? {} : { size }) };
}

function readRanges(step: StepFields): object {
  const ranges = step.need('ranges').list().map(readRange);
  return ranges;
}

/** `write: MAPPING` with an offset, or `write: 0x...` with the device that sends it. */
function readTarget(step: StepFields): object {
  const { fields, main } = step;
  const device = fields.get('by');
  if (device !== undefined) return { kind: 'address', device: device.text(), address: readByteCount(main) };
  return { kind: 'mapping', mapping: main.text(), offset: step.bytes('offset') ?? 0n };
}
