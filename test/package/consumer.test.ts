/** A project of somebody else: strict TypeScript, the packed package and nothing else of ours. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLES = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.ts'));

/** What the last lines of each example say; a new example gets a line here. */
const SAYS: Readonly<Record<string, RegExp>> = {
  'check.ts': /<testsuite[\s\S]*some fail$/,
  'diff.ts': /12 pairs answer otherwise\nschema a b /,
  'doctor.ts': /### peerpath doctor --for gpudirect-rdma\n### peerpath groups$/,
  'drm.ts': /^page 0x[0-9a-f]+ leads to 0x200000000000\n[\s\S]*attached when it is gone: 0$/,
  'iommufd.ts': /^mapped: true, 0x40000000 leads to 0x[0-9a-f]+\nafter a reset of the device it leads nowhere$/,
  'lab.ts': /> NIC0 is told to unmap dma, and does[\s\S]*✓ stopped iommu-fault\npassed$/,
  'machine-in-code.ts': /GPU1 .*PCI_P2PDMA_MAP_THRU_HOST_BRIDGE[\s\S]*GPU0 .*PCI_P2PDMA_MAP_BUS_ADDR/,
  'mixed.ts': /^RAM: iova 0x[0-9a-f]+, 8192 bytes\nBAR: bus 0x200000000000, 4096 bytes$/,
  'near.ts': /NCCL_IB_HCA=[\s\S]*\.nic=/,
  'packet.ts': /GB\/s of payload at most$/,
  'plan.ts': /32 pairs gained, 96 impossible\n/,
  'rdma.ts': /^page size 0x800000, 1 blocks\n {2}0x/,
  'serve.ts': /^200 a page$/,
  'table.ts':
    /^PCI_P2PDMA_MAP_THRU_HOST_BRIDGE\nflow iova, 2 entries of iova addresses\n {2}0x[0-9a-f]+ \+ 0xfffff000\n[\s\S]*every byte is proved to arrive\ndefects: /,
  'verdict.ts': /: PCI_P2PDMA_MAP_NOT_SUPPORTED\n {2}The paths share no bridge/,
  'verify.ts': /facts, 0 unexplained\n[\s\S]*an archive$/,
  'vfio.ts': /^descriptor 0: 65536 bytes, mapped\nthe importer is told to let go\nthe reset waits until it has$/,
  'what-if.ts': /^5\.0: [\s\S]*7\.3: off BUS_ADDR, pt THRU_HOST_BRIDGE/,
};

/** Commands that the library has no use for, and why. */
const WITHOUT_EXAMPLE: Readonly<Record<string, string>> = {
  completion: 'is for shells',
  help: 'is for people',
  fleet: 'needs packages that are not installed with peerpath',
};

/**
 * What `everything.ts` writes, and the command that prints the same: `%` is the capture that it wrote. Each in one form,
 * all forms in turn: every report goes through the same few writers.
 */
const PRINTED: readonly (readonly [report: string, command: string])[] = [
  ['devices', 'devices %'],
  ['tree', 'tree %'],
  ['groups', 'groups %'],
  ['matrix', 'matrix %'],
  ['what-if', 'matrix % --only gpu*,nic* --kernel 7.0 --iommu pt --acs clear:root-port'],
  ['explain', 'explain gpu0 nic0 %'],
  ['map', 'map gpu0:2 nic0 % --range 0+2M'],
  ['map-compared', 'map gpu0:2 nic0 % --range 0+2M --kernel 7.3.4,intended'],
  ['trace', 'trace gpu0:2 nic0 % --range 0+2M'],
  ['trace-address', 'trace nic0 0x1000 %'],
  ['fix', 'fix %'],
  ['doctor', 'doctor %'],
  ['doctor-gpudirect-rdma', 'doctor --for gpudirect-rdma %'],
  ['check', 'check --require gpu*<->nic*:direct %'],
  ['near', 'near %'],
  ['near-one', 'near gpu0 %'],
  ['evidence', 'evidence %'],
  ['verify', 'verify %'],
  ['diff', `diff % ${join(ROOT, 'examples/machines/dual-socket-unlisted.yaml')}`],
  ['lab', `lab ${join(ROOT, 'examples/scenarios/gpu-nic-one-switch.yaml')}`],
];
const FORMS = ['text', 'md', 'html', 'json'];

let project = '';
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'peerpath-consumer-'));
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(packed.toString('utf8')) as [{ filename: string }];
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, 'peerpath'), { recursive: true });
  execFileSync('tar', ['-xzf', join(project, filename), '-C', join(modules, 'peerpath'), '--strip-components=1']);
  // What npm would install beside it, and the types of Node.
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object };
  for (const name of [...Object.keys(dependencies), '@types/node', 'undici-types']) {
    mkdirSync(join(modules, name, '..'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  cpSync(join(ROOT, 'examples'), join(project, 'src'), { recursive: true });
  cpSync(join(ROOT, 'test/package/everything.ts'), join(project, 'src/everything.ts'));
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }\n');
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: STRICT, include: ['src'] }));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const STRICT = {
  target: 'ES2022',
  lib: ['ES2023', 'DOM'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  rootDir: 'src',
  outDir: 'out',
};

describe('a strict project that has the package alone', { timeout: 60_000 }, () => {
  test('type-checks, with the declarations of the package', () => {
    const tsc = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', project]);
    expect(tsc.stdout.toString('utf8')).toBe('');
    expect(tsc.status).toBe(0);
  });

  test.each(EXAMPLES)('%s runs', (name) => {
    cpSync(join(ROOT, 'examples/machines'), join(project, 'out/machines'), { recursive: true });
    const run = spawnSync(process.execPath, [join(project, 'out', name.replace(/\.ts$/, '.js'))], { cwd: project });
    expect(run.stderr.toString('utf8')).toBe('');
    expect(run.stdout.toString('utf8').trimEnd()).toMatch(SAYS[name] ?? /^no line in SAYS$/);
  });
});

describe('everything that the help lists, from the public surface', { timeout: 60_000 }, () => {
  const folder = (): string => join(project, 'everything');

  test('is written in every form', () => {
    const inputs = [
      'machines/hgx-8gpu.yaml',
      'machines/dual-socket-unlisted.yaml',
      'scenarios/gpu-nic-one-switch.yaml',
    ];
    const args = [folder(), ...inputs.map((path) => join(ROOT, 'examples', path))];
    const run = spawnSync(process.execPath, [join(project, 'out/everything.js'), ...args], { cwd: project });
    expect(run.stderr.toString('utf8')).toBe('');
    const written = readdirSync(folder());
    for (const [report] of PRINTED) for (const form of FORMS) expect(written).toContain(`${report}.${form}`);
    expect(readFileSync(join(folder(), 'web.text'), 'utf8')).toBe('200\n');
  });

  test.each(PRINTED.map(([report, command], at) => [report, FORMS[at % FORMS.length] ?? '', command] as const))(
    '%s as %s is what the command prints',
    (report, form, command) => {
      const args = command.replace('%', join(folder(), 'capture.tar.gz')).split(' ');
      const program = join(project, 'node_modules/peerpath/dist/bin/peerpath.js');
      const { stdout } = spawnSync(process.execPath, [program, ...args, '--format', form], { cwd: project });
      expect(readFileSync(join(folder(), `${report}.${form}`), 'utf8')).toBe(stdout.toString('utf8'));
    },
  );
});

test.each(EXAMPLES)('%s has fewer than 60 lines, and imports the package by its name', (name) => {
  const text = readFileSync(join(ROOT, 'examples', name), 'utf8');
  expect(text.split('\n').length).toBeLessThan(60);
  expect([...text.matchAll(/from '(\.[^']*)'/g)].map(([, path]) => path)).toEqual([]);
});

test('what each command does, an example does', () => {
  const heads = EXAMPLES.map((name) => readFileSync(join(ROOT, 'examples', name), 'utf8').split('*/')[0]);
  const named = new Set(heads.join(' ').match(/[a-z]+/g));
  const program = buildProgram('0');
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name())
    .filter((name) => WITHOUT_EXAMPLE[name] === undefined);
  expect(commands.filter((name) => !named.has(name))).toEqual([]);
  const written = new Set([...PRINTED.map(([report]) => report), 'capture', 'web']);
  expect(commands.filter((name) => !written.has(name))).toEqual([]);
});
