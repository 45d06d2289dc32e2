import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSources } from './sources.ts';

/**
 * Which folder may import which: the direction in which data walks. A new edge is a new line here, with its reason in
 * the commit. `route` never sees a verdict or a mapping: the proof is independent.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  uapi: ['base'],
  capture: ['base', 'uapi'],
  pci: ['base', 'uapi', 'capture'],
  p2pdma: ['base', 'uapi', 'capture', 'pci'],
  iommu: ['base', 'uapi', 'capture', 'pci'],
  scatterlist: ['base', 'uapi'],
  dma: ['base', 'uapi', 'capture', 'pci', 'p2pdma', 'iommu'],
  'dma-buf': ['base', 'uapi', 'capture', 'pci', 'p2pdma', 'iommu', 'dma', 'scatterlist'],
  vfio: ['base', 'uapi', 'capture', 'pci', 'p2pdma', 'iommu', 'dma', 'scatterlist', 'dma-buf'],
  rdma: ['base', 'uapi', 'capture', 'pci', 'p2pdma', 'iommu', 'dma', 'scatterlist', 'dma-buf'],
  iommufd: ['base', 'uapi', 'capture', 'pci', 'p2pdma', 'iommu', 'dma', 'scatterlist', 'dma-buf', 'vfio'],
  route: ['base', 'uapi', 'capture', 'pci', 'iommu', 'scatterlist'],
  diagnose: ['base', 'uapi', 'capture', 'pci', 'p2pdma', 'iommu', 'dma', 'scatterlist', 'dma-buf', 'route'],
  lab: [
    'base',
    'uapi',
    'capture',
    'pci',
    'p2pdma',
    'iommu',
    'dma',
    'scatterlist',
    'dma-buf',
    'vfio',
    'rdma',
    'iommufd',
    'route',
    // A scenario may boot its machine in another way: the imagined boot of a what-if.
    'diagnose',
  ],
  answers: ['base', 'uapi', 'capture', 'pci', 'p2pdma', 'iommu', 'dma', 'scatterlist', 'dma-buf', 'route', 'diagnose'],
  'analyze.ts': [
    'answers',
    'base',
    'uapi',
    'capture',
    'pci',
    'p2pdma',
    'iommu',
    'dma',
    'scatterlist',
    'dma-buf',
    'route',
    'diagnose',
  ],
  report: [
    'answers',
    'base',
    'uapi',
    'capture',
    'pci',
    'p2pdma',
    'iommu',
    'dma',
    'scatterlist',
    'dma-buf',
    'route',
    'diagnose',
    'analyze.ts',
    // A scenario that was played is a report like any other.
    'lab',
  ],
  archive: ['base', 'uapi', 'capture'],
  node: ['base', 'uapi', 'capture', 'pci', 'archive', 'lab'],
  cli: ['*'],
  'index.ts': ['*'],
};

/** Folders whose code runs in browsers and on Node alike. */
const CORE = Object.keys(MAY_IMPORT).filter((folder) => !['archive', 'node', 'cli'].includes(folder));
/** Packages the core may use: pure computation, no platform. */
const CORE_PACKAGES = ['yaml'];

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)(?:\s+|\s*\(\s*)'([^']+)'/g)].map((match) => match[1] ?? '');
}

const sources = readSources().filter((source) => !source.isTest);

describe('imports', () => {
  test.each(sources.map((source) => [source.path, source] as const))(
    '%s imports only what its folder may',
    (path, source) => {
      const allowed = MAY_IMPORT[source.folder];
      expect(allowed, `${source.folder} is not in the table of this test`).toBeDefined();
      const wrong = importsOf(source.text).filter((target) => {
        if (!target.startsWith('.')) return false;
        const resolved = posix.normalize(posix.join(posix.dirname(path), target));
        const [top, folder = ''] = resolved.split('/');
        if (top !== 'src') return true;
        return folder !== source.folder && !allowed?.includes('*') && !allowed?.includes(folder);
      });
      expect(wrong).toEqual([]);
    },
  );

  test.each(sources.map((source) => [source.path, source] as const))(
    '%s enters other folders by their index',
    (path, source) => {
      const wrong = importsOf(source.text).filter((target) => {
        if (!target.startsWith('.')) return false;
        const resolved = posix.normalize(posix.join(posix.dirname(path), target));
        const [, folder = '', ...rest] = resolved.split('/');
        return folder !== source.folder && rest.length > 0 && rest.at(-1) !== 'index.ts';
      });
      expect(wrong).toEqual([]);
    },
  );

  test('the core uses no platform: no Node modules, no packages but the listed ones', () => {
    const wrong = sources
      .filter((source) => CORE.includes(source.folder))
      .flatMap((source) =>
        importsOf(source.text)
          .filter((t) => !t.startsWith('.') && !CORE_PACKAGES.includes(t))
          .map((t) => `${source.path}: ${t}`),
      );
    expect(wrong).toEqual([]);
  });
});
