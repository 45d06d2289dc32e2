import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseRequirement } from '../../src/diagnose/index.ts';
import { peerpath } from '../cli/run-peerpath.ts';
import { newFolder } from './fleet-folder.ts';

const documents = parseAllDocuments(readFileSync('examples/fleet/daemonset.yaml', 'utf8')).map(
  (document) => document.toJS() as { readonly kind: string; readonly data?: Readonly<Record<string, string>> },
);
const [config, daemonSet] = documents;
const units = ['peerpath-capture.service', 'peerpath-capture.timer'];

/** Commands of peerpath in a text, without what a shell puts in. */
function commandsIn(text: string): readonly string[] {
  return [...text.matchAll(/^\s*(?:ExecStart=\/usr\/bin\/env |answered )?peerpath (.+)$/gm)].map(
    ([, words]) => words ?? '',
  );
}

describe('examples/fleet', () => {
  it('is what the schema of Kubernetes asks for', () => {
    expect(documents.map(({ kind }) => kind)).toEqual(['ConfigMap', 'DaemonSet']);
    new ConfigMap(config as ConstructorParameters<typeof ConfigMap>[0]).validate();
    new DaemonSet(daemonSet as unknown as ConstructorParameters<typeof DaemonSet>[0]).validate();
  });

  it('would be refused with a field of the wrong type, or none that is needed', () => {
    const broken = structuredClone(daemonSet) as unknown as { spec: { template: { spec: { containers: object[] } } } };
    broken.spec.template.spec.containers = [{ image: 'x' }];
    expect(() => new DaemonSet(broken as unknown as ConstructorParameters<typeof DaemonSet>[0]).validate()).toThrow(
      /name/,
    );
  });

  it('has a shell script that a shell takes', () => {
    const script = join(newFolder(), 'run.sh');
    writeFileSync(script, config?.data?.['run.sh'] ?? '');
    expect(spawnSync('sh', ['-n', script])).toMatchObject({ status: 0 });
  });

  it('calls commands and options that there are, and requirements that can be read', () => {
    const texts = [
      config?.data?.['run.sh'] ?? '',
      ...units.map((unit) => readFileSync(`examples/fleet/${unit}`, 'utf8')),
    ];
    const commands = texts.flatMap(commandsIn);
    expect(commands.length).toBeGreaterThanOrEqual(5);
    for (const command of commands) {
      const words = command.split(/\s+/);
      const name = words[0] === 'fleet' ? words.slice(0, 2) : words.slice(0, 1);
      const { stdout, code } = peerpath([...name, '--help']);
      expect(code, command).toBe(0);
      for (const option of command.match(/--[a-z-]+/g) ?? []) expect(stdout, command).toContain(option);
    }
    for (const line of (config?.data?.['requirements'] ?? '').trim().split('\n'))
      expect(parseRequirement(line).ok, line).toBe(true);
  });

  it('writes a node-feature file and a textfile as their readers take them', () => {
    const capture = join(newFolder(), 'node.tar.gz');
    peerpath(['capture', '--machine', 'examples/machines/hgx-8gpu.yaml', capture]);
    const require = ['--require', 'gpu* <-> nic*: supported', '--require', 'gpu* <-> nic*: direct', capture];
    const features = peerpath(['check', '--format', 'nfd', ...require]);
    expect(features.code).toBe(1);
    expect(features.stdout).toBe(
      'peerpath.check=fails\npeerpath.check.gpu-nic-supported=holds\npeerpath.check.gpu-nic-direct=fails\n',
    );
    for (const line of features.stdout.trim().split('\n'))
      expect(line).toMatch(/^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?=[A-Za-z0-9][-A-Za-z0-9_.]*$/);
  });

  const verifies = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.skipIf(!verifies)('has units that systemd takes', () => {
    const run = spawnSync('systemd-analyze', ['verify', ...units.map((unit) => `examples/fleet/${unit}`)]);
    expect(run.stderr.toString()).not.toMatch(/Unknown|Failed to parse|Invalid/);
  });
});
