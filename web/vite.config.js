import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
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

const JSX = { jsx: { runtime: 'automatic', importSource: 'preact' } };

/** Modules that the pictures share with the page, by their names in `shared.ts`. */
const SHARED = {
  '@preact/signals': 'signals',
  preact: 'preact',
  'preact/hooks': 'hooks',
  'preact/jsx-runtime': 'jsx',
  'lab-play.ts': 'labPlay',
  'opening.ts': 'opening',
  'report-desk.ts': 'reportDesk',
  'state.ts': 'state',
  'tab.ts': 'tab',
  'views/copy.tsx': 'copy',
  'views/icons.tsx': 'icons',
  'views/pair.tsx': 'pair',
  'views/printing.ts': 'printing',
  'views/sheet.tsx': 'sheet',
  'views/verdict-mark.tsx': 'verdictMark',
  'workers.ts': 'workers',
};

const sharedModules = {
  name: 'shared-modules',
  enforce: 'pre',
  resolveId(source, importer) {
    if (!importer) return null;
    const path = source.startsWith('.') ? resolve(dirname(importer), source) : source;
    const name = SHARED[path.replace(`${import.meta.dirname}/`, '')];
    return name === undefined ? null : { id: `peerpath:${name}`, external: true };
  },
};

/** Views that draw machines, as a script of its own. */
const pictures = {
  name: 'pictures',
  async generateBundle() {
    const { output } = await build({
      configFile: false,
      root: import.meta.dirname,
      logLevel: 'warn',
      plugins: [sharedModules],
      oxc: JSX,
      build: {
        write: false,
        target: 'es2022',
        modulePreload: false,
        rolldownOptions: {
          input: `${import.meta.dirname}/pictures.tsx`,
          output: { format: 'iife', globals: (id) => `peerpathPage.${id.replace('peerpath:', '')}` },
        },
      },
    });
    this.emitFile({ type: 'asset', fileName: 'pictures.js', source: output[0].code });
  },
};

/** Documents to read beside the page, as text: it is read where there is no network, too. */
const documents = {
  name: 'documents',
  generateBundle() {
    for (const path of DOCUMENTS) {
      const name = path.replace(/^docs\//, '').replace('.md', '');
      const source = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
      this.emitFile({ type: 'asset', fileName: `docs-${name.toLowerCase()}.txt`, source });
    }
  },
};

const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  ...['inputs', 'scenarios', 'bandwidth', 'defects', 'conformance'].map((name) => `docs/${name}.md`),
];

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  publicDir: false,
  plugins: [classicScripts, deviceNames, workerScripts, pictures, documents],
  oxc: JSX,
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
