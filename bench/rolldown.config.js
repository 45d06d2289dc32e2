import { defineConfig } from 'rolldown';

/** Benchmarks run from one bundle of plain JavaScript, as users run the library; it is no part of the package. */
export default defineConfig({
  input: { bench: 'bench/run.ts', 'fleet-baseline': 'bench/fleet-baseline.ts' },
  platform: 'node',
  external: ['playwright-core'],
  output: { dir: '.tsbuild/bench', format: 'esm', sourcemap: true, entryFileNames: '[name].js' },
});
