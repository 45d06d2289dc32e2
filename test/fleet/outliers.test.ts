import { describe, expect, it } from 'vitest';
import { peerpath } from '../cli/run-peerpath.ts';
import { folderOf, newFolder } from './fleet-folder.ts';
import { plantedFleet } from './fleet-machines.ts';

/** FLEET_HOSTS=5000: the fleet that hosts are found in, at full size. */
const HOSTS = Number(process.env['FLEET_HOSTS'] ?? 240);

interface FoundOutliers {
  readonly machines: number;
  readonly models: number;
  readonly outliers: readonly {
    readonly machine: string;
    readonly differences: readonly { readonly trait: string }[];
  }[];
}

describe('fleet outliers', () => {
  it(`finds twelve planted differences among ${HOSTS} hosts of three models, and nothing else`, () => {
    const planted = new Map<string, string>();
    const out = newFolder();
    const captures = folderOf(
      (function* () {
        for (const host of plantedFleet(HOSTS)) {
          if (host.planted !== undefined) planted.set(host.name.replace('.tar.gz', ''), host.planted.trait);
          yield host;
        }
      })(),
    );
    const scan = peerpath(['fleet', 'scan', captures, '--out', out, '--json']);
    expect(JSON.parse(scan.stdout)).toMatchObject({ machines: HOSTS, failed: 0, answered: 15 });
    const run = peerpath(['fleet', 'outliers', out, '--json']);
    const found = JSON.parse(run.stdout) as FoundOutliers;
    expect(planted.size).toBe(12);
    expect(found.machines).toBe(HOSTS);
    expect(found.outliers.map(({ machine }) => machine).sort()).toEqual([...planted.keys()].sort());
    for (const { machine, differences } of found.outliers)
      expect(new Set(differences.map(({ trait }) => trait)), machine).toContain(planted.get(machine));
    expect(run.code).toBe(1);
    const text = peerpath(['fleet', 'outliers', out]).stdout;
    expect(text).toContain(`12 of ${HOSTS} machines are unlike the others of their model.`);
    for (const machine of planted.keys()) expect(text).toContain(machine);
  }, 900_000);
});
