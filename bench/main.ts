/** `npm run -s bench -- [NAME...] [--json] [--rounds N] [--most N]` */
import { parseArgs } from 'node:util';
import type { Bench, Figure } from './figure.ts';
import { fleetBench } from './fleet.ts';
import { iovaBench } from './iova.ts';
import { labBench } from './lab.ts';
import { linksBench } from './links.ts';
import { mapBench } from './map.ts';
import { matrixBench } from './matrix.ts';
import { nearBench } from './near.ts';
import { parseBench } from './parse.ts';
import { reportBench } from './report.ts';
import { topologyBench } from './topology.ts';
import { webBench } from './web.ts';

/** All benchmarks by name. */
export const BENCHES: Readonly<Record<string, Bench>> = {
  matrix: matrixBench,
  parse: parseBench,
  report: reportBench,
  topology: topologyBench,
  near: nearBench,
  map: mapBench,
  links: linksBench,
  iova: iovaBench,
  lab: labBench,
  fleet: fleetBench,
  web: webBench,
};

/** Runs what the command line asks for; gives the exit code. */
export async function main(
  args: readonly string[],
  print: (line: string) => void,
  complain: (line: string) => void,
): Promise<number> {
  const known = Object.keys(BENCHES);
  const options = {
    json: { type: 'boolean' },
    rounds: { type: 'string', default: '9' },
    most: { type: 'string', default: '1000000' },
  } as const;
  let parsed: ReturnType<typeof parseArgs<{ args: string[]; options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    complain(`bench: ${(error as Error).message}`);
    return 2;
  }
  const { positionals, values } = parsed;
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    complain(`bench: there is no benchmark "${unknown}" (${known.join(', ')})`);
    return 2;
  }
  const settings = { rounds: Number(values.rounds), most: Number(values.most), warmUpMs: 300, say: complain };
  for (const name of positionals.length > 0 ? positionals : known) {
    for await (const figure of BENCHES[name]?.(settings) ?? [])
      print(values.json ? JSON.stringify(figure) : line(figure));
  }
  return 0;
}

/** One aligned line for people. */
function line({ name, unit, value, baseline, ratio, note }: Figure): string {
  const against = baseline === null ? '' : `${ratio}x ${baseline.name} (${baseline.value})`;
  return `${name.padEnd(48)} ${String(value).padStart(9)} ${unit.padEnd(12)} ${against}${note ? ` [${note}]` : ''}`;
}
