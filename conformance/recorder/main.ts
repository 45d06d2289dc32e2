/** `npm run record`: puts machines before real kernels, in QEMU. docs/conformance.md is its manual. */
import { parseArgs } from 'node:util';
import { findScenarios } from '../recording.ts';
import { RECORDINGS } from '../recordings-folder.ts';
import { testModule } from './module-test.ts';
import { KNOWN_RELEASES, Unavailable } from './packages.ts';
import { rerecord } from './rerecord.ts';

const USAGE = `usage: npm run record -- --all | --again NAME… | --module [--kernel RELEASE] [--cycles N] [NAME]
NAME is a folder of conformance/recordings.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean' },
      again: { type: 'boolean' },
      module: { type: 'boolean' },
      kernel: { type: 'string' },
      cycles: { type: 'string', default: '1000' },
    },
  });
  if (values.all === true || values.again === true) {
    const all = findScenarios(RECORDINGS);
    const chosen =
      values.all === true ? all : all.filter((folder) => positionals.includes(folder.slice(RECORDINGS.length + 1)));
    return again(chosen);
  }
  if (values.module === true) return moduleTest(values.kernel ?? '7.3.4', positionals[0], Number(values.cycles));
  process.stderr.write(`${USAGE}\nKernels: ${KNOWN_RELEASES.join(', ')}\n`);
  return 2;
}

async function again(folders: readonly string[]): Promise<number> {
  let failed = 0;
  for (const folder of folders) {
    const name = folder.slice(RECORDINGS.length + 1);
    try {
      const { answers, different, also } = await rerecord(folder);
      const same =
        different.length === 0
          ? 'no byte differs'
          : `${different.length} differ: n ${different.slice(0, 20).join(', ')}`;
      process.stdout.write(`${name}: ${answers} answers, ${same}${also === '' ? '' : ` (also differs: ${also})`}\n`);
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
