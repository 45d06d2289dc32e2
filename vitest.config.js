import { defineConfig } from 'vitest/config';

/** Tests that start programs, browsers and servers: each file in a process of its own. */
const PROGRAMS = ['browser', 'cli', 'fleet', 'fuzz', 'package'].map((name) => `test/${name}/**/*.test.ts`);

/** Files that follow each other in one process read the modules once: half the time of a run went into reading them again. */
const shared = {
  extends: true,
  test: {
    name: 'model',
    isolate: false,
    include: [
      'src/**/*.test.ts',
      'test/**/*.test.ts',
      'conformance/**/*.test.ts',
      'bench/**/*.test.ts',
      'site/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', ...PROGRAMS],
  },
};

const alone = { extends: true, test: { name: 'programs', include: PROGRAMS } };

export default defineConfig({
  test: {
    projects: [shared, alone],
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
