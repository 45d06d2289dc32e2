/** The kernel module, loaded in a virtual machine: its answers against a recording, and its life under readers. */
import { join } from 'node:path';
import { readText } from '../recording.ts';
import { RECORDINGS } from '../recordings-folder.ts';
import { releaseOf, Unavailable } from './packages.ts';
import { bootScene } from './recorded-machine.ts';
import { sceneOf } from './rerecord.ts';
import { openWorkshop } from './workshop.ts';

/** What came of it. */
export interface ModuleTested {
  readonly release: string;
  /** Pairs and functions whose answers were compared. */
  readonly compared: number;
  /** What differs, a line each. */
  readonly differences: readonly string[];
  /** Loads and unloads under readers. */
  readonly cycles: number;
  /** WARNs, BUGs and lockdep reports of the kernel meanwhile. */
  readonly complaints: readonly string[];
}

/** One after the other: the answers, then readers that never stop while the module comes and goes, and a function with it. */
const SCRIPT = (cycles: number): string => `
d=/sys/kernel/debug/peerpath
insmod /mod/peerpath-oracle.ko || echo "cannot be loaded"
for f in about functions pairs host_bridges; do echo "== $f"; cat $d/$f; done
echo "== write"
echo 1 > $d/pairs 2>/dev/null && echo "can be written"
rmmod peerpath_oracle
reader() { while [ ! -e /tmp/stop ]; do for f in functions pairs host_bridges; do cat $d/$f > /dev/null 2>&1; done; done; }
for n in 1 2 3 4; do reader & done
for p in $(jobs -p); do renice -n 15 -p $p > /dev/null; done
n=0; lost=0
while [ $n -lt ${cycles} ]; do
	insmod /mod/peerpath-oracle.ko || { echo "load $n failed"; break; }
	[ $((n % 50)) = 25 ] && for e in /sys/bus/pci/devices/*; do case $(cat $e/class) in 0x00ff00*) echo 1 > $e/remove; break;; esac; done
	[ $((n % 50)) = 49 ] && echo 1 > /sys/bus/pci/rescan
	tries=0
	while ! rmmod peerpath_oracle 2> /dev/null; do tries=$((tries + 1)); [ $tries -gt 20000 ] && { echo "unload $n failed"; n=999999; break; }; done
	n=$((n + 1))
done
touch /tmp/stop; wait
echo "== cycles"; echo $n
echo "== dmesg"; dmesg | grep -E "WARNING|BUG|Oops|RIP:|lockdep|KASAN|INFO: |Call Trace|refcount" || true
`;

/** Runs it with the machine of a recording of that kernel, or of the newest one. */
export async function testModule(release: string, recording: string, cycles: number): Promise<ModuleTested> {
  const folder = join(RECORDINGS, recording);
  const { scene, meta } = sceneOf(folder);
  const workshop = await openWorkshop(releaseOf(release));
  const { booted } = await bootScene(
    workshop,
    { ...scene, after: SCRIPT(cycles) },
    { mode: 'script\n' },
    meta.cmdline,
    600 + 10 * cycles,
  );
  const parts = partsOf(booted.sections.get('post')?.toString('utf8') ?? '');
  const cycled = Number(parts.get('cycles')?.[0] ?? '0');
  const { compared, differences } = compareAnswers(folder, parts, meta.kernel_release === workshop.release);
  if ((parts.get('write') ?? []).length > 0) differences.push('its files can be written');
  return { release: workshop.release, compared, differences, cycles: cycled, complaints: parts.get('dmesg') ?? [] };
}

function partsOf(text: string): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const name = /^== (\w+)$/.exec(line)?.[1];
    if (name === undefined) {
      if (line !== '') lines.push(line);
      continue;
    }
    lines = [];
    parts.set(name, lines);
  }
  return parts;
}

interface PairLine {
  readonly provider: string;
  readonly pairs: readonly (readonly [string, number, string | null])[];
}

interface FunctionLine {
  readonly bdf: string;
  readonly dmaMask: string;
  readonly group: number | null;
  readonly domain: { readonly type: number; readonly pageSizes: string; readonly aperture: readonly string[] } | null;
}

const MAP_TYPES: Readonly<Record<number, string>> = {
  2: 'no',
  3: 'bus',
  4: 'through',
};

/** Undisguised distances, map types of mappings, groups and domains, as far as the recording has them. */
function compareAnswers(
  folder: string,
  parts: ReadonlyMap<string, readonly string[]>,
  sameKernel: boolean,
): { readonly compared: number; readonly differences: string[] } {
  const lines = (name: string): unknown[] => (parts.get(name) ?? []).map((line) => JSON.parse(line));
  const pairs = new Map(
    (lines('pairs') as PairLine[]).flatMap(({ provider, pairs: all }) =>
      all.map(([client, distance, type]) => [`${provider} ${client}`, { distance, type }] as const),
    ),
  );
  const functions = new Map((lines('functions') as FunctionLine[]).map((fn) => [fn.bdf, fn]));
  if (pairs.size === 0)
    throw new Unavailable(`the module gave no answers: ${[...parts.values()].flat().slice(0, 3).join('; ')}`);
  const recorded = (readText(folder, 'answers.jsonl') ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const differences: string[] = [];
  let compared = 0;
  const compare = (what: string, answer: unknown, before: unknown): void => {
    compared++;
    if (JSON.stringify(answer) !== JSON.stringify(before)) {
      differences.push(`${what}: ${JSON.stringify(answer)}, recorded ${JSON.stringify(before)}`);
    }
  };
  const groups = recorded.find(({ op }) => op === 'groups');
  for (const device of (groups?.['devices'] ?? []) as Record<string, unknown>[]) {
    const fn = functions.get(String(device['dev']));
    compare(`group of ${device['dev']}`, fn?.group ?? -1, device['group']);
    compare(`mask of ${device['dev']}`, fn?.dmaMask, device['mask']);
    compare(`domain of ${device['dev']}`, fn?.domain?.type ?? -1, device['domain']);
    if (sameKernel && fn?.domain) compare(`pages of ${device['dev']}`, fn.domain.pageSizes, device['pgsize_bitmap']);
    if (fn?.domain) compare(`aperture of ${device['dev']}`, fn.domain.aperture, device['aperture']);
  }
  for (const {
    op,
    provider,
    client,
    importer,
    host_id: ids,
    distance,
    map_type: type,
    bus_offset: offset,
  } of recorded) {
    if (ids !== '-' || (op !== 'dist' && op !== 'map') || distance === undefined) continue;
    const pair = pairs.get(`${provider} ${client ?? importer}`);
    compare(`distance of ${provider} ${client ?? importer}`, pair?.distance, distance);
    if (type !== undefined && offset === '0')
      compare(`type of ${provider} ${importer}`, pair?.type, MAP_TYPES[Number(type)]);
  }
  return { compared, differences };
}
