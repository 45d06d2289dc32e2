import { defineConfig } from 'rolldown';

// The command as CommonJS, minified and loaded in parts: Node starts it faster than modules (scripts/build-assets.ts
// puts the package.json beside it that says so).
export default defineConfig({
  input: { peerpath: 'dist/cli/main.js' },
  platform: 'node',
  output: {
    dir: 'dist/bin',
    format: 'cjs',
    sourcemap: true,
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
});
