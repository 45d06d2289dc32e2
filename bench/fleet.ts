/** A scan of capture archives into tables, against unpacking, untarring and hashing them alone. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exampleMachine } from '../test/fleet/fleet-machines.ts';
import { HostKind } from '../test/fleet/host-archives.ts';
import { type BenchSettings, type Figure, round } from './figure.ts';
import { Hash } from './hash.ts';

/** Captures, and fingerprints among them. FLEET_CAPTURES=200000 takes another size. */
const CAPTURES = Number(process.env['FLEET_CAPTURES'] ?? 20_000);
const FINGERPRINTS = 200;

/** Hosts of 84 functions that differ in serial numbers, of 200 kinds that differ in their kernel. */
export async function* fleetBench({ most, say }: BenchSettings): AsyncGenerator<Figure> {
  const peerpath = join(rootFolder(), 'dist/bin/peerpath.js');
  if (!existsSync(peerpath)) {
    say('fleet: left out, the command is not built (npm run build)');
    return;
  }
  const captures = Math.min(CAPTURES, Math.max(20, Math.floor(most / 50)));
  const folder = mkdtempSync(join(tmpdir(), 'peerpath-bench-fleet-'));
  try {
    const kinds = Math.min(FINGERPRINTS, Math.ceil(captures / 100));
    writeHosts(folder, captures, kinds, say);
    const baseline = await runBaseline(join(folder, 'captures'));
    const scan = await runScan(peerpath, join(folder, 'captures'), join(folder, 'fleet'));
    if (scan.answered !== kinds) throw new Error(`fleet: ${scan.answered} fingerprints were answered, not ${kinds}`);
    const hashes = spawnSync(
      process.execPath,
      [peerpath, 'fleet', 'query', join(folder, 'fleet'), 'SELECT hash FROM machines', '--format', 'csv'],
      { maxBuffer: 2 ** 30 },
    );
    const combined = combine(hashes.stdout.toString().trim().split('\n').slice(1));
    if (combined !== baseline.hash) throw new Error('fleet: the tables hold other captures than the folder');
    yield {
      name: `fleet/${captures}-captures`,
      unit: 'ms',
      value: round(scan.ms),
      n: captures,
      baseline: { name: 'unpack, untar, SHA-256', value: round(baseline.ms) },
      ratio: round(baseline.ms / scan.ms),
      hash: combined,
      note: `${Math.round(captures / (scan.ms / 1000))} captures/s, ${(scan.ms / baseline.ms).toFixed(2)} times the baseline (${(scan.cpu / baseline.cpu).toFixed(2)} in processor time, ${(scan.cpu / captures).toFixed(2)} ms each), at most ${Math.round(scan.peak / 2 ** 20)} MiB`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The folder of package.json: the benchmark may be bundled. */
function rootFolder(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package.json'))) at = dirname(at);
  return at;
}

function writeHosts(folder: string, captures: number, kinds: number, say: BenchSettings['say']): void {
  mkdirSync(join(folder, 'captures'));
  const start = performance.now();
  for (let kind = 0; kind < kinds; kind++) {
    const hosts = new HostKind(exampleMachine('hgx-8gpu', ['kernel: 7.3.4-generic', `kernel: 7.3.4-generic-${kind}`]));
    for (let host = kind; host < captures; host += kinds)
      writeFileSync(join(folder, 'captures', `host-${String(host).padStart(7, '0')}.tar.gz`), hosts.archive(host));
  }
  if (captures >= 1000) say(`fleet: ${captures} captures made in ${Math.round((performance.now() - start) / 1000)} s`);
}

/** One process of Node for each processor. */
async function runBaseline(
  captures: string,
): Promise<{ readonly ms: number; readonly cpu: number; readonly hash: string }> {
  const here = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(here ? './fleet-baseline.ts' : './fleet-baseline.js', import.meta.url));
  const { text } = await run([...(here ? ['--import', 'tsx'] : []), file, captures]);
  const { ms, cpu, combined } = JSON.parse(text) as {
    readonly ms: number;
    readonly cpu: number;
    readonly combined: readonly number[];
  };
  return { ms, cpu, hash: hashOf(combined) };
}

async function runScan(
  peerpath: string,
  captures: string,
  out: string,
): Promise<{ readonly ms: number; readonly answered: number; readonly peak: number; readonly cpu: number }> {
  const start = performance.now();
  const { text, peak, cpu } = await run([peerpath, 'fleet', 'scan', captures, '--out', out, '--json']);
  const ms = performance.now() - start;
  return { ms, peak, cpu, answered: (JSON.parse(text) as { readonly answered: number }).answered };
}

/** Ticks of processor time a second, as Linux counts them for everyone. */
const TICKS = 100;

/**
 * Standard output of a process of Node, the most memory that it had, bytes, and the time that processors worked for it,
 * milliseconds (Linux alone tells both; other load lengthens less of it than of the time on the clock).
 */
function run(args: readonly string[]): Promise<{ readonly text: string; readonly peak: number; readonly cpu: number }> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'inherit'], cwd: rootFolder() });
  let text = '';
  let peak = 0;
  let cpu = 0;
  child.stdout.on('data', (data) => {
    text += data;
  });
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const [user = 0, system = 0] = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .slice(11, 13)
        .map(Number);
      cpu = ((user + system) * 1000) / TICKS;
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // It has ended, or this is no Linux.
    }
  }, 100);
  return new Promise((resolve, reject) =>
    child.once('close', (code) => {
      clearInterval(look);
      if (code === 0) resolve({ text, peak, cpu });
      else reject(new Error(`fleet: ${args.join(' ')} ended with ${code}`));
    }),
  );
}

/** In any order: hashes are combined bit by bit. */
function combine(hashes: readonly string[]): string {
  const combined = new Array<number>(32).fill(0);
  for (const hash of hashes)
    for (let at = 0; at < 32; at++)
      combined[at] = (combined[at] ?? 0) ^ Number.parseInt(hash.slice(at * 2, at * 2 + 2), 16);
  return hashOf(combined);
}

function hashOf(bytes: readonly number[]): string {
  const hash = new Hash();
  hash.words(bytes);
  return String(hash);
}
