import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'test/**/*.test.ts',
      'conformance/**/*.test.ts',
      'bench/**/*.test.ts',
      'site/**/*.test.ts',
    ],
    testTimeout: 60_000,
    // What opens a page before the tests of a file waits as long as they do.
    hookTimeout: 60_000,
    // As long as the browser tests wait for an element: a busy machine is no failure.
    expect: { poll: { timeout: 15_000 } },
    // Of two cores one would be left idle.
    maxWorkers: '100%',
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
  },
});
