/** From the bytes of an input to rows: reads what is new, and knows what was read before by its key and fingerprint. */
import { createHash } from 'node:crypto';
import { readFileSync, type Stats, statSync } from 'node:fs';
import {
  CaptureKeys,
  collectedCaptures,
  detectContainer,
  type InputError,
  inputError,
  machinesOf,
  unpack,
} from '../archive/index.ts';
import { messageOf, printable, type Result } from '../base/index.ts';
import type { MachineCapture } from '../capture/index.ts';
import { answerFacts, type FailedRow, type FleetAnswers, fleetAnswers, type InputRow } from '../fleet/index.ts';
import { loadPciNames, nodeGunzip, readBytesParts, readMachine } from '../node/index.ts';
import type { PciNames } from '../pci/index.ts';
import { serialPlace } from '../report/index.ts';
import { errorCode } from './error-code.ts';
import { keyRules } from './key-rules.ts';
import { machineName } from './machine-name.ts';

/** What became of one input. `answers` come with the first machine of a fingerprint. */
export type Outcome =
  | { readonly kind: 'machine'; readonly row: InputRow; readonly answers?: FleetAnswers }
  | { readonly kind: 'failed'; readonly row: FailedRow }
  /** The tables have it already. */
  | { readonly kind: 'known'; readonly hash: string };

/** What a reader asks of its surroundings. */
export interface ReaderWorld {
  /** Is an input with this SHA-256 in the tables? */
  readonly isKnown: (hash: string) => boolean;
  /** Is this fingerprint ours to answer? */
  readonly claims: (fingerprint: string) => boolean;
}

/** Larger files are texts that are read in pieces. */
const MOST_BYTES = 2 ** 28;
/** Keys that are remembered; beyond, all are forgotten. */
const MOST_KEYS = 50_000;

interface Read {
  readonly fingerprint: string;
  readonly host: string | undefined;
}

/** Reads inputs one after the other, and remembers what it read. */
export class CaptureReader {
  readonly #world: ReaderWorld;
  readonly #keys = new CaptureKeys();
  readonly #read = new Map<string, Read>();
  #names: { readonly listed: PciNames | undefined } | undefined;

  constructor(world: ReaderWorld) {
    this.#world = world;
  }

  /** Reads a file, or a folder that is one machine's. Several outcomes for archives of captures and texts of several machines. */
  async readPath(path: string): Promise<readonly Outcome[]> {
    let stats: Stats;
    let bytes: Uint8Array;
    try {
      stats = statSync(path);
      if (stats.isDirectory() || stats.size > MOST_BYTES) return await this.#whole(path);
      bytes = readFileSync(path);
    } catch (error) {
      const code = errorCode(error);
      const what = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
      return [failed(path, nameHash(path), null, inputError('not-readable', path, what))];
    }
    return this.readBytes(path, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  /** Reads the bytes of an input. */
  async readBytes(source: string, bytes: Uint8Array): Promise<readonly Outcome[]> {
    const hash = sha256(bytes);
    if (this.#world.isKnown(hash)) return [{ kind: 'known', hash }];
    try {
      return await this.#unpacked(source, hash, bytes);
    } catch (error) {
      return [failed(source, hash, bytes.length, defect(source, error))];
    }
  }

  async #unpacked(source: string, hash: string, bytes: Uint8Array): Promise<readonly Outcome[]> {
    const unpacked = await unpack(bytes, source, { gunzip: nodeGunzip });
    if (!unpacked.ok) return [failed(source, hash, bytes.length, unpacked.error)];
    const isTar = detectContainer(unpacked.value) === 'tar';
    const key = isTar ? this.#keys.of(unpacked.value, keyRules()) : undefined;
    const name = key === undefined ? '' : sha256(key.bytes);
    const before = this.#read.get(name);
    if (key !== undefined && before !== undefined)
      return [machine(source, hash, bytes.length, { ...before, serials: key.serials })];
    const collected = key === undefined ? collectedCaptures(unpacked.value) : undefined;
    if (collected !== undefined) {
      const outcomes: Outcome[] = [];
      for (const member of collected)
        outcomes.push(...(await this.readBytes(`${source}!${member.name}`, member.bytes)));
      return outcomes;
    }
    const parts = await readBytesParts(isTar ? unpacked.value : bytes, source);
    if (!parts.ok) return [failed(source, hash, bytes.length, parts.error)];
    const outcomes = this.#machines(source, hash, bytes.length, machinesOf([parts.value]));
    const [only] = outcomes;
    if (key !== undefined && only?.kind === 'machine' && outcomes.length === 1) {
      if (this.#read.size >= MOST_KEYS) this.#read.clear();
      const host = parts.value.parts.find((part) => part.host !== undefined)?.host;
      this.#read.set(name, { fingerprint: only.row.fingerprint, host });
    }
    return outcomes;
  }

  /** A folder, or a text that is too long to be held: read by its path. */
  async #whole(path: string): Promise<readonly Outcome[]> {
    const read = await readMachine(path);
    if (!read.ok) return [failed(path, nameHash(path), null, read.error)];
    const unredacted = { ...read.value, source: { kind: read.value.source.kind, name: '' }, parts: [] };
    const hash = sha256(`${answerFacts(read.value)} ${serialsOf(unredacted).join(' ')}`);
    if (this.#world.isKnown(hash)) return [{ kind: 'known', hash }];
    return this.#machines(path, hash, null, [read]);
  }

  #machines(
    source: string,
    hash: string,
    bytes: number | null,
    machines: readonly Result<MachineCapture, InputError>[],
  ): readonly Outcome[] {
    return machines.map((capture, at) => {
      const several = machines.length > 1;
      const name = several ? `${source}#${at + 1}` : source;
      const own = several ? sha256(`${hash}#${at + 1}`) : hash;
      if (!capture.ok) return failed(name, own, bytes, capture.error);
      try {
        const facts = answerFacts(capture.value);
        const fingerprint = sha256(facts);
        const host = capture.value.parts.find((part) => part.host !== undefined)?.host;
        const outcome = machine(name, own, bytes, { fingerprint, host, serials: serialsOf(capture.value) });
        if (!this.#world.claims(fingerprint)) return outcome;
        this.#names ??= { listed: loadPciNames() };
        return { ...outcome, answers: fleetAnswers(facts, fingerprint, this.#names.listed) };
      } catch (error) {
        return failed(name, own, bytes, defect(name, error));
      }
    });
  }
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Stands for the content of what could not be read. */
function nameHash(path: string): string {
  return sha256(`not read: ${path}`);
}

function machine(
  source: string,
  hash: string,
  bytes: number | null,
  { fingerprint, host, serials }: Read & { readonly serials: readonly string[] },
): Extract<Outcome, { kind: 'machine' }> {
  const digest = serials.length === 0 ? null : sha256([...new Set(serials)].sort().join(' ')).slice(0, 16);
  const row = { machine: machineName(source, host), source, hash, bytes, serials: digest, fingerprint };
  return { kind: 'machine', row };
}

/** What keeps an input from being read: a stable name, and a sentence. */
interface Refusal {
  readonly code: string;
  readonly text: string;
}

function failed(source: string, hash: string, bytes: number | null, { code, text }: Refusal): Outcome {
  return { kind: 'failed', row: { source, hash, bytes, code, sentence: text } };
}

function defect(source: string, error: unknown): Refusal {
  return {
    code: 'defect',
    text: `${printable(source)}: a defect of peerpath, please report it with the input: ${printable(messageOf(error))}`,
  };
}

function serialsOf({ functions }: MachineCapture): readonly string[] {
  return functions.flatMap(({ config }) => {
    const at = serialPlace(config);
    const [low, high] = at === undefined ? [] : [config.read32(at), config.read32(at + 4)];
    if (low === undefined || high === undefined) return [];
    return [(BigInt(high) * 2n ** 32n + BigInt(low)).toString(16).padStart(16, '0')];
  });
}
