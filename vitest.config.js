import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'conformance/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 60_000,
    // Of two cores one would be left idle.
    maxWorkers: '100%',
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
  },
});
