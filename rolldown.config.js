import { defineConfig } from 'rolldown';

// commander loads it for commands that are programs of their own, which there are none of here.
const withoutSubprocesses = {
  name: 'without-subprocesses',
  resolveId: (id, importer) =>
    id === 'node:child_process' && importer?.includes('/commander/') ? 'no-subprocesses' : undefined,
  load: (id) => (id === 'no-subprocesses' ? 'export default {};' : undefined),
};

// The command as CommonJS, minified and loaded in parts: Node starts it faster than modules (scripts/build-assets.ts
// puts the package.json beside it that says so).
export default defineConfig({
  // The thread of fleet commands is a file of its own.
  input: { peerpath: 'dist/cli/main.js', 'scan-worker': 'dist/fleet-node/scan-worker.js' },
  platform: 'node',
  // Optional peers: loaded where they are installed.
  external: [/^@duckdb\//, /^@nats-io\//],
  plugins: [withoutSubprocesses],
  output: {
    dir: 'dist/bin',
    format: 'cjs',

    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
});
