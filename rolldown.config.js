import { defineConfig } from 'rolldown';
export default defineConfig({
  input: { peerpath: 'dist/cli/main.js' },
  platform: 'node',
  output: {
    dir: 'dist/bin',
    format: 'esm',
    sourcemap: true,
    minify: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
});
