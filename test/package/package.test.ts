import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/cli/version.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const manifest = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as Manifest;

describe('the package', () => {
  test('says one version', () => {
    expect(VERSION).toBe(manifest.version);
  });

  test('pins every dependency exactly, and docs/dependencies.md names each with its version', () => {
    const reasons = readFileSync(`${ROOT}/docs/dependencies.md`, 'utf8');
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      // DuckDB numbers releases of its Node binding behind a dash.
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-r\.\d+)?$/);
      expect(reasons, name).toContain(name);
      expect(reasons, `${name} ${version}`).toContain(version);
    }
  });

  test.each(['index.js', 'lab.js', 'kernel.js', 'archive/index.js'])(
    '%s bundles for browsers without anything of Node',
    async (entry) => {
      const bundle = await rolldown({ input: `${ROOT}/dist/${entry}`, platform: 'browser', logLevel: 'silent' });
      const { output } = await bundle.generate({ format: 'esm' });
      await bundle.close();
      expect(output.flatMap((part) => (part.type === 'chunk' ? part.imports : []))).toEqual([]);
      expect(output.map((part) => (part.type === 'chunk' ? part.code : '')).join('')).not.toMatch(/from ["']node:/);
    },
  );

  test('every door exists with its types, and is packed, in 3 MB at most', () => {
    const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [{ files, size }] = JSON.parse(packed.toString('utf8')) as [{ files: { path: string }[]; size: number }];
    const paths = new Set(files.map((file) => file.path));
    for (const door of Object.values(manifest.exports)) {
      const targets = typeof door === 'string' ? [door] : [door.types, door.default];
      for (const target of targets) expect(paths).toContain(target.replace('./', ''));
    }
    for (const path of ['dist/bin/peerpath.js', 'dist/assets/pci.ids', 'LICENSE', 'README.md'])
      expect(paths).toContain(path);
    expect([...paths].filter((path) => /\.test\.|\.map$/.test(path))).toEqual([]);
    expect(size).toBeLessThanOrEqual(3_000_000);
  });
});
