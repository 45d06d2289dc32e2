/**
 * The folder of a fleet: `fleet.json` says what made it, `parts/PART/TABLE.parquet` are the tables. A part is written
 * under another name and then renamed: it is there whole, or not at all, whenever a process is killed.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from '../node/index.ts';
import { errorCode } from './error-code.ts';

const FORMAT = 'peerpath.fleet-tables/1';
/** Names of parts that are being written. */
const UNFINISHED = '.part-';
/** Milliseconds after which an unfinished part of another host is nobody's any more. */
const ABANDONED = 24 * 3600_000;

/** A folder that cannot be used, as one sentence. */
export class FleetFolderError extends Error {
  override readonly name = 'FleetFolderError';
}

/** Makes the folder ready to be written to. @throws FleetFolderError */
export function openForWriting(folder: string, version: string): void {
  try {
    mkdirSync(join(folder, 'parts'), { recursive: true });
  } catch (error) {
    throw new FleetFolderError(`${folder}: cannot be written (${errorCode(error)})`);
  }
  const about = join(folder, 'fleet.json');
  if (existsSync(about)) requireFormat(folder, version);
  else {
    if (readdirSync(join(folder, 'parts')).some((name) => !name.startsWith(UNFINISHED)))
      throw new FleetFolderError(`${folder}: holds parts but no fleet.json; give another folder`);
    const text = JSON.stringify({ format: FORMAT, peerpath: version });
    const written = writeWhole(about, new TextEncoder().encode(`${text}\n`), { force: true });
    if (!written.ok) throw new FleetFolderError(written.error.text);
  }
  removeAbandoned(folder);
}

/** Is this a folder of a fleet? `version`: of the peerpath that wants to add to it. @throws FleetFolderError */
export function requireFormat(folder: string, version?: string): void {
  let about: { readonly format?: unknown; readonly peerpath?: unknown };
  try {
    about = JSON.parse(readFileSync(join(folder, 'fleet.json'), 'utf8')) as typeof about;
  } catch (error) {
    const missing = errorCode(error) === 'ENOENT';
    throw new FleetFolderError(
      `${folder}: ${missing ? 'is no fleet: it has no fleet.json; make one with peerpath fleet scan SOURCE... --out DIR' : 'its fleet.json cannot be read'}`,
    );
  }
  if (about.format !== FORMAT)
    throw new FleetFolderError(
      `${folder}: its tables have another form (${String(about.format)}); scan into a new folder`,
    );
  if (version !== undefined && about.peerpath !== version)
    throw new FleetFolderError(
      `${folder}: was made by peerpath ${String(about.peerpath)}, this is ${version}, whose answers may differ; scan into a new folder`,
    );
}

/** Folders of finished parts, in order. */
export function partFolders(folder: string): readonly string[] {
  return readdirSync(join(folder, 'parts'))
    .filter((name) => !name.startsWith(UNFINISHED))
    .sort()
    .map((name) => join(folder, 'parts', name));
}

/** A new folder for a part; `commit` makes it one, `discard` takes it away. */
export interface UnfinishedPart {
  readonly path: string;
  readonly name: string;
  readonly commit: () => void;
  readonly discard: () => void;
}

/** Begins a part. @param name of one that was made elsewhere */
export function beginPart(
  folder: string,
  name = `${Date.now().toString(36)}-${randomBytes(6).toString('hex')}`,
): UnfinishedPart {
  const path = join(folder, 'parts', `${UNFINISHED}${hostname()}-${process.pid}-${name}`);
  mkdirSync(path);
  return {
    path,
    name,
    commit: () => {
      for (const file of readdirSync(path)) sync(join(path, file));
      sync(path);
      renameSync(path, join(folder, 'parts', name));
      sync(join(folder, 'parts'));
    },
    discard: () => rmSync(path, { recursive: true, force: true }),
  };
}

function sync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What killed processes left. Those of living ones stay, and of other hosts for a day. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(join(folder, 'parts'))) {
    if (!name.startsWith(UNFINISHED)) continue;
    const path = join(folder, 'parts', name);
    const own = `${UNFINISHED}${hostname()}-`;
    const pid = name.startsWith(own) ? Number.parseInt(name.slice(own.length), 10) : undefined;
    if (pid === undefined ? isOld(path) : !isAlive(pid)) rmSync(path, { recursive: true, force: true });
  }
}

function isOld(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > ABANDONED;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
