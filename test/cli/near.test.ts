import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const HGX = 'examples/machines/hgx-8gpu.yaml';
const TREE = 'test/machines/acsswitch-lspci/lspci.txt';

/** A tree of lspci: a GPU and an adapter below one switch, of which no registers are known. */
const OPEN = [
  '-[0000:00]-+-00.0  Intel Corporation Ice Lake Memory Map/VT-d',
  '           \\-01.0-[01-05]----00.0-[02-05]--+-00.0-[03]----00.0  NVIDIA Corporation GA100 [A100 PCIe 40GB]',
  '                                           \\-01.0-[04]----00.0  Mellanox Technologies MT28908 [ConnectX-6]',
  '',
].join('\n');

interface NearDocument {
  readonly gpus: readonly { readonly bdf: string; readonly label: string; readonly nics: readonly { bdf: string }[] }[];
  readonly nics: readonly { readonly bdf: string; readonly label: string }[];
  readonly assignment: {
    readonly total: number;
    readonly proved: boolean;
    readonly pairs: readonly { readonly gpu: string; readonly nic: string; readonly rate: number | null }[];
  } | null;
}

describe('near', () => {
  test('an adapter for every GPU, the total first; text and JSON are one answer', () => {
    const { stdout, code } = peerpath(['near', HGX]);
    expect(code).toBe(0);
    const document = JSON.parse(peerpath(['near', HGX, '--json']).stdout) as NearDocument;
    expect(document).toMatchObject({ schema: 'peerpath.near/1', kernel: { source: 'read' } });
    const { assignment, gpus, nics } = document;
    expect(assignment?.proved).toBe(true);
    expect(stdout).toMatch(
      new RegExp(
        `^With an adapter for each of ${gpus.length} GPUs as below: .* ${assignment?.total.toFixed(1)} GB/s in all\\.`,
      ),
    );
    const labels = new Map([...gpus, ...nics].map(({ bdf, label }) => [bdf, label]));
    for (const { gpu, nic } of assignment?.pairs ?? [])
      expect(stdout).toMatch(new RegExp(`^ {2}${labels.get(gpu)} +\\d +${labels.get(nic)} `, 'm'));
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(45);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test('accelerators stand in for GPUs only where there are none, and are called so', () => {
    const device = (kind: string): string => `{kind: root-port, below: {kind: ${kind}}}`;
    const machine = (...kinds: readonly string[]): string =>
      `peerpath-machine: 1\nhost-bridges:\n  - devices: [${kinds.map(device).join(', ')}]\n`;
    const alone = peerpath(['near', '-'], machine('accelerator', 'accelerator', 'nic')).stdout;
    expect(alone).toMatch(/^Linux refuses every pair of 2 accelerators with 1 adapter: /);
    expect(alone).toMatch(/^ {2}accelerator +node +takes /m);
    expect(alone.replace(/of an idle GPU/, '')).not.toMatch(/GPU/);
    const both = peerpath(['near', '-'], machine('gpu', 'accelerator', 'nic')).stdout;
    expect(both).toMatch(/^Linux refuses every pair of 1 GPU with 1 adapter: /);
    expect(both).not.toMatch(/accelerator/);
    expect(peerpath(['near', 'accelerator0', '-'], machine('gpu', 'accelerator', 'nic')).stdout).toMatch(
      /^accelerator0 \(.*\): nearest is nic0 /,
    );
  });

  test('one device, by label or address: all that stand near it in order of preference', () => {
    const { stdout, code } = peerpath(['near', 'gpu0', HGX]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^GPU0 \(0000:[\da-f]{2}:00\.0\): nearest is NIC[01] /);
    const document = JSON.parse(peerpath(['near', HGX, '--json']).stdout) as NearDocument;
    const first = document.gpus[0];
    expect(peerpath(['near', first?.bdf ?? '', HGX]).stdout).toBe(stdout);
    const nics = new Map(document.nics.map(({ bdf, label }) => [bdf, label]));
    const told = [...stdout.matchAll(/^ {2}(NIC\d+) /gm)].map(([, label]) => label);
    expect(told).toEqual(first?.nics.map(({ bdf }) => nics.get(bdf)));
  });

  test('lines for NCCL are a shell script, those for Kubernetes are name=value', () => {
    const { stdout } = peerpath(['near', HGX, '--format', 'nccl']);
    expect(spawnSync('sh', ['-n'], { input: stdout }).status).toBe(0);
    expect(stdout.match(/^# GPU\d .* takes NIC\d/gm)).toHaveLength(8);
    expect(stdout).toMatch(/export NCCL_IB_HCA="=\$adapters"$/m);
    for (const line of peerpath(['near', HGX, '--format', 'nfd']).stdout.trim().split('\n'))
      expect(line).toMatch(/^peerpath\.[\w.-]+=[\w.-]+$/);
  });

  test('an answer that is unknown: 3, and it names the command that settles it', () => {
    const { stdout, code } = peerpath(['near', '-'], OPEN);
    expect(code).toBe(3);
    expect(stdout).toMatch(/1 unknown/);
  });

  test('no GPU, and nobody to talk to: said in one sentence', () => {
    expect(peerpath(['near', TREE]).stdout).toMatch(/^There is no GPU and no accelerator in this input\.\n/);
  });

  test.each([
    ['a device that is not there', ['near', 'gpu99', HGX], /^peerpath: no device "gpu99" in this machine/],
    ['a source that is not there', ['near', './nosuch.tar.gz'], /nosuch\.tar\.gz/],
    ['a format of no kind', ['near', HGX, '--format', 'pdf'], /--format pdf: say text, md, html, nccl, nfd or json/],
  ])('%s: 2, one sentence', (_, args, sentence) => {
    const run = peerpath(args);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(sentence);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });
});
