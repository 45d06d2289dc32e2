import { readFileSync } from 'node:fs';
import { build, defineConfig } from 'vite';
import { compactPciIds } from '../dist/pci/index.js';

/** Classic scripts in place of modules: browsers load no modules from disk (file://). */
const classicScripts = {
  name: 'classic-scripts',
  transformIndexHtml: {
    order: 'post',
    handler: (html) =>
      html.replaceAll(/<script type="module" crossorigin/g, '<script defer').replaceAll(' crossorigin', ''),
  },
};

/** Device names as a script of their own, loaded after the first view: from disk a page can load nothing but scripts. */
const deviceNames = {
  name: 'device-names',
  generateBundle() {
    const text = compactPciIds(readFileSync(new URL('../assets/pci.ids', import.meta.url), 'utf8'));
    this.emitFile({
      type: 'asset',
      fileName: 'pci-ids.js',
      source: `globalThis.peerpathPciIds = ${JSON.stringify(text)};\n`,
    });
  },
};

/** Workers that know more than captures, each as a script of its own: the first view needs none of them. */
const workerScripts = {
  name: 'worker-scripts',
  async generateBundle() {
    for (const [worker, fileName, name] of [
      ['lab-worker', 'lab.js', 'peerpathLab'],
      ['texts-worker', 'texts.js', 'peerpathTexts'],
    ]) {
      const { output } = await build({
        configFile: false,
        root: import.meta.dirname,
        logLevel: 'warn',
        build: {
          write: false,
          target: 'es2022',
          modulePreload: false,
          // A worker is read from disk or from the same host, once.
          chunkSizeWarningLimit: 2000,
          rolldownOptions: { input: `${import.meta.dirname}/worker/${worker}.ts`, output: { format: 'iife' } },
        },
      });
      this.emitFile({ type: 'asset', fileName, source: `globalThis.${name} = ${JSON.stringify(output[0].code)};\n` });
    }
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  publicDir: false,
  plugins: [classicScripts, deviceNames, workerScripts],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'iife' },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: { output: { format: 'iife', entryFileNames: 'peerpath.js', assetFileNames: 'peerpath[extname]' } },
  },
});
