/** `npm run record`: puts machines before real kernels, in QEMU. docs/conformance.md is its manual. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { findScenarios } from '../recording.ts';
import { RECORDINGS } from '../recordings-folder.ts';
import { fixMachine } from './fix-machine.ts';
import { testModule } from './module-test.ts';
import { KNOWN_RELEASES, releaseOf, Unavailable } from './packages.ts';
import { describedScene, recordMachine } from './record-machine.ts';
import { recordScene, type Scene, writeRecording } from './recorded-machine.ts';
import { rerecord, sceneOf } from './rerecord.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const USAGE = `usage: npm run record -- --kernel RELEASE --machine FILE [--cmdline TEXT] [--name NAME] [--out DIR]
                         [--plug ADDRESS…] [--setup SHELL] [--requests FILE]
       npm run record -- --like NAME [--requests FILE] [--name NAME] [--out DIR]
       npm run record -- --fix FILE [--kernel RELEASE] [--cmdline TEXT] [--name NAME] [--out DIR]
       npm run record -- --all | --again NAME…
       npm run record -- --module [--kernel RELEASE] [--cycles N] [NAME]
FILE is a machine described in YAML, any other input, or random:SEED; NAME is a folder of conformance/recordings.
ADDRESS is an endpoint of it that is plugged in after boot; SHELL runs in the guest before it is captured; the FILE of
requests has one a line, which are asked in place of those that are made from the machine. --like takes the
machine of a recording.`;

const NEWEST = '7.3.4';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean' },
      again: { type: 'boolean' },
      module: { type: 'boolean' },
      machine: { type: 'string' },
      fix: { type: 'string' },
      kernel: { type: 'string', default: NEWEST },
      cmdline: { type: 'string' },
      plug: { type: 'string', multiple: true },
      setup: { type: 'string' },
      requests: { type: 'string' },
      like: { type: 'string' },
      name: { type: 'string' },
      out: { type: 'string', default: '.' },
      cycles: { type: 'string', default: '1000' },
    },
  });
  if (values.all === true || values.again === true) {
    const all = findScenarios(RECORDINGS);
    const nameOf = (folder: string): string => folder.slice(RECORDINGS.length + 1);
    return again(values.all === true ? all : all.filter((folder) => positionals.includes(nameOf(folder))));
  }
  if (values.module === true) return moduleTest(values.kernel, positionals[0], Number(values.cycles));
  const requests = values.requests === undefined ? undefined : linesOf(values.requests);
  if (values.like !== undefined) {
    const { scene, meta } = sceneOf(join(RECORDINGS, values.like));
    const workshop = await openWorkshop(releaseOf(meta.kernel_release));
    const named = { ...scene, name: values.name ?? values.like };
    return record(workshop, named, values.out, requests, meta.cmdline);
  }
  const file = values.machine ?? values.fix;
  if (file === undefined) {
    process.stderr.write(`${USAGE}\nKernels: ${KNOWN_RELEASES.join(', ')}\n`);
    return 2;
  }
  const name =
    values.name ??
    basename(file)
      .replace(/\.\w+$/, '')
      .replace(':', '-');
  const { scene, standIns } = await describedScene(file, name, values.cmdline, values);
  for (const sentence of standIns) process.stdout.write(`note: ${sentence}\n`);
  const workshop = await openWorkshop(releaseOf(values.kernel, scene.arch));
  return values.fix === undefined ? record(workshop, scene, values.out, requests) : fix(workshop, scene, values.out);
}

function linesOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

async function record(
  workshop: Workshop,
  scene: Scene,
  out: string,
  requests: readonly string[] | undefined,
  cmdline?: string,
): Promise<number> {
  const recorded =
    requests === undefined
      ? await recordMachine(workshop, scene, SEED)
      : await recordScene(workshop, scene, requests, cmdline);
  const folder = join(out, scene.name);
  writeRecording(folder, recorded);
  process.stdout.write(`${folder}: ${recorded.requests.length} answers of Linux ${recorded.release}\n`);
  return 0;
}

/** Of the requests at random. */
const SEED = 14;

async function fix(workshop: Workshop, scene: Scene, out: string): Promise<number> {
  const { plan, recordings, checks, broken } = await fixMachine(workshop, scene);
  for (const [end, recorded] of recordings) writeRecording(join(out, `fix-${scene.name}-${end}`), recorded);
  const { already, gained, impossible, givenUp, open } = plan;
  const counts = [
    `${already.length} pairs direct as it is`,
    `${gained.length} more promised`,
    `${impossible.reduce((sum, { wants }) => sum + wants.length, 0)} impossible`,
    `${givenUp.length + open.length} open`,
  ];
  process.stdout.write(`${scene.name}: ${counts.join(', ')}; ${checks} checks, ${broken.length} promises broken\n`);
  for (const line of broken.slice(0, 10)) process.stdout.write(`  ${line}\n`);
  return broken.length > 0 ? 1 : 0;
}

async function again(folders: readonly string[]): Promise<number> {
  let failed = 0;
  for (const folder of folders) {
    const name = folder.slice(RECORDINGS.length + 1);
    try {
      const { answers, different, timed, also } = await rerecord(folder);
      const same =
        different.length === 0
          ? 'no byte differs'
          : `${different.length} differ: n ${different.slice(0, 20).join(', ')}`;
      process.stdout.write(
        `${name}: ${answers} answers, ${same}${timed === 0 ? '' : `, ${timed} in addresses that a timer decides`}${also === '' ? '' : ` (also differs: ${also})`}\n`,
      );
      if (different.length > 0) failed++;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      process.stdout.write(`${name}: skipped: ${error.message}\n`);
    }
  }
  return failed > 0 ? 1 : 0;
}

async function moduleTest(kernel: string, recording: string | undefined, wanted: number): Promise<number> {
  const { release, compared, differences, cycles, complaints } = await testModule(
    kernel,
    recording ?? MODULE_MACHINE,
    wanted,
  );
  process.stdout.write(`${release}: ${compared} answers compared, ${differences.length} differ\n`);
  for (const line of differences.slice(0, 10)) process.stdout.write(`  ${line}\n`);
  process.stdout.write(
    `${cycles} of ${wanted} loads and unloads under readers, ${complaints.length} complaints of the kernel\n`,
  );
  for (const line of complaints.slice(0, 10)) process.stdout.write(`  ${line}\n`);
  return differences.length > 0 || complaints.length > 0 || cycles !== wanted ? 1 : 0;
}

/** A switch with ACS and an IOMMU: all three map types and groups occur. */
const MODULE_MACHINE = 'acsswitch-epyc-amd';

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  process.stderr.write(`record: ${error.message}\n`);
  process.exitCode = 2;
}
