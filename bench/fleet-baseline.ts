/**
 * The least that a scan of captures costs: read, unpack, find all members, SHA-256. One process for each processor;
 * prints the time that all took, and the hashes combined.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

/** Members by name: their bodies, not copied. */
function untar(tar: Uint8Array): Map<string, Uint8Array> {
  const members = new Map<string, Uint8Array>();
  const text = new TextDecoder('latin1');
  let long: string | undefined;
  for (let at = 0; tar[at] !== 0; ) {
    const size = Number.parseInt(text.decode(tar.subarray(at + 124, at + 135)), 8);
    const type = tar[at + 156];
    const body = tar.subarray(at + BLOCK, at + BLOCK + size);
    const field = type === 0x4c ? body : tar.subarray(at, at + 100);
    const end = field.indexOf(0);
    const name = text.decode(end < 0 ? field : field.subarray(0, end));
    if (type === 0x4c) long = name;
    else {
      if (type === 0x30) members.set(long ?? name, body);
      long = undefined;
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return members;
}

/** Every `of`-th file, from `first` on. */
function work(folder: string, first: number, of: number): string {
  const combined = new Uint8Array(32);
  let members = 0;
  const names = readdirSync(folder);
  for (let at = first; at < names.length; at += of) {
    const bytes = readFileSync(join(folder, names[at] ?? ''));
    const hash = createHash('sha256').update(bytes).digest();
    for (let i = 0; i < 32; i++) combined[i] = (combined[i] ?? 0) ^ (hash[i] ?? 0);
    members += untar(gunzipSync(bytes)).size;
  }
  const { user, system } = process.cpuUsage();
  return JSON.stringify({ combined: [...combined], members, cpu: (user + system) / 1000 });
}

/** What one process did: its hashes combined, and the time that a processor worked for it, milliseconds. */
interface Part {
  readonly combined: readonly number[];
  readonly cpu: number;
}

const [folder = '', first, of] = process.argv.slice(2);
if (first !== undefined) process.stdout.write(work(folder, Number(first), Number(of)));
else {
  const count = availableParallelism();
  const start = performance.now();
  const parts = Array.from({ length: count }, (_, part) => {
    const args = [...process.execArgv, process.argv[1] ?? '', folder, String(part), String(count)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
    });
    return new Promise<Part>((resolve) => child.once('close', () => resolve(JSON.parse(text) as Part)));
  });
  const all = await Promise.all(parts);
  const combined = all.map((part) => part.combined).reduce((a, b) => a.map((byte, at) => byte ^ (b[at] ?? 0)));
  const cpu = all.reduce((sum, part) => sum + part.cpu, 0);
  process.stdout.write(JSON.stringify({ ms: performance.now() - start, cpu, combined }));
}
