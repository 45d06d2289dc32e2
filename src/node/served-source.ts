/** The machine that a web page is served of: its bytes as the page reads them, and a mark that changes when it does. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { type InputError, inputError } from '../archive/index.ts';
import { err, ok, type Result } from '../base/index.ts';
import { captureMachine } from './capture.ts';
import { errorCode } from './node-tree.ts';
import { readFileBytes, readStdin } from './read-bytes.ts';
import { readMachine, readMachines } from './read-machine.ts';
import { machineOfScenario } from './served-scenario.ts';

/** What a page is served of. */
export interface ServedSource {
  readonly name: string;
  /** Anything the page's readers know. Read anew at each call. */
  readonly bytes: () => Promise<Result<Uint8Array, InputError>>;
  /** Differs when the machine has changed; '' while it cannot be read. */
  readonly mark: () => Promise<string>;
  /** How often it is worth looking, milliseconds. */
  readonly interval: number;
  /** The machine that a scenario names. */
  readonly beside?: ServedSource;
  /** Further files that tell of the same machine. */
  readonly others?: readonly ServedSource[];
}

/** Makes several sources that show one machine ready to be served; one, or none, as {@link servedSource} does. */
export async function servedSources(
  sources: readonly string[],
  options: { readonly sysroot?: string },
): Promise<Result<ServedSource, InputError>> {
  if (sources.length < 2) return servedSource(sources[0], options);
  const served: ServedSource[] = [];
  for (const source of sources) {
    const each = sourceOf(source);
    if (!each.ok) return each;
    served.push(each.value);
  }
  const read = await readMachines(sources, options);
  if (!read.ok) return read;
  const [first, ...others] = served;
  if (first === undefined) return servedSource(undefined, options);
  return ok({
    ...first,
    name: served.map(({ name }) => name).join(', '),
    mark: () => allMarks(served),
    interval: Math.max(...served.map(({ interval }) => interval)),
    others,
  });
}

/** One of several: a page takes files whole, so that a part of one, or a stream, cannot be served. */
function sourceOf(source: string): Result<ServedSource, InputError> {
  const stats = source === '-' ? undefined : statSync(source, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return ok(machineSource(source, source));
  if (stats?.isFile() === true) return ok(fileSource(source));
  return err(inputError('not-recognised', source, 'is no file or folder, as several sources of a page have to be'));
}

async function allMarks(sources: readonly ServedSource[]): Promise<string> {
  const marks = await Promise.all(sources.map(({ mark }) => mark()));
  return marks.includes('') ? '' : marks.join(' ');
}

/**
 * Makes a source ready to be served.
 * @param source as `readMachine` takes it
 */
export async function servedSource(
  source: string | undefined,
  options: { readonly sysroot?: string },
): Promise<Result<ServedSource, InputError>> {
  if (source === '-') {
    const bytes = await readStdin('standard input');
    if (!bytes.ok) return bytes;
    const whole = { name: 'standard input', bytes: async () => bytes, mark: async () => '-', interval: 3_600_000 };
    return withMachine(whole, bytes.value, source);
  }
  const scenario = source === undefined ? undefined : await servedScenario(source);
  return scenario ?? servedMachine(source, options);
}

/** What shows a machine. */
async function servedMachine(
  source: string | undefined,
  options: { readonly sysroot?: string },
): Promise<Result<ServedSource, InputError>> {
  if (source !== undefined && statSync(source, { throwIfNoEntry: false })?.isFIFO() === true) return servedPipe(source);
  const read = await readMachine(source, options);
  if (!read.ok) return read;
  const folder = source === undefined ? options.sysroot : statSync(source).isDirectory() ? source : undefined;
  if (source === undefined || folder !== undefined) return ok(machineSource(source, folder));
  return ok(fileSource(source));
}

/** A pipe can be read once: what came through it is served. */
async function servedPipe(path: string): Promise<Result<ServedSource, InputError>> {
  const bytes = await readFileBytes(path, statSync(path));
  return bytes.ok ? ok({ name: path, bytes: async () => bytes, mark: async () => '-', interval: 3_600_000 }) : bytes;
}

function fileSource(path: string): ServedSource {
  return { name: path, bytes: () => readAgain(path), mark: async () => fileMark(path), interval: 1000 };
}

/** A scenario in a file; undefined for everything else. */
async function servedScenario(path: string): Promise<Result<ServedSource, InputError> | undefined> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return undefined;
  const bytes = await readFileBytes(path, stats);
  if (!bytes.ok) return bytes;
  const scenario = await machineOfScenario(bytes.value, path);
  if (!scenario.ok) return scenario;
  return scenario.value.isScenario ? withMachine(fileSource(path), bytes.value, path) : undefined;
}

/** A scenario is served with the machine that it names, and changes when either does. */
async function withMachine(
  source: ServedSource,
  bytes: Uint8Array,
  path: string,
): Promise<Result<ServedSource, InputError>> {
  const scenario = await machineOfScenario(bytes, path);
  if (!scenario.ok) return scenario;
  const { machine } = scenario.value;
  if (machine === undefined) return ok(source);
  // Not another scenario, which might name this one.
  const served = await servedMachine(machine, {});
  if (!served.ok) return served;
  const beside = served.value;
  const mark = (): Promise<string> => allMarks([source, beside]);
  return ok({ ...source, mark, beside, interval: Math.max(source.interval, beside.interval) });
}

/** This machine, or one in a folder: captured for each request. */
function machineSource(source: string | undefined, sysroot: string | undefined): ServedSource {
  const options = sysroot === undefined ? {} : { sysroot };
  return {
    name: sysroot ?? 'this machine',
    bytes: async () => {
      const captured = captureMachine(options);
      return captured.ok ? ok(captured.value.bytes) : captured;
    },
    mark: async () => {
      const read = await readMachine(source, source === undefined ? options : {});
      if (!read.ok) return '';
      return createHash('sha256').update(JSON.stringify(read.value, plain)).digest('hex');
    },
    interval: 4000,
  };
}

/** What JSON has no form for. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString(16);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return value instanceof Map ? [...value] : value;
}

/** The file may be gone by now. */
async function readAgain(path: string): Promise<Result<Uint8Array, InputError>> {
  try {
    const stats = statSync(path);
    // In its place may stand a pipe now, which would never end.
    if (!stats.isFile()) return err(inputError('not-readable', path, 'is no file any more'));
    return await readFileBytes(path, stats);
  } catch (error) {
    return err(inputError('not-readable', path, `cannot be read (${errorCode(error)})`));
  }
}

function fileMark(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return '';
  }
}
