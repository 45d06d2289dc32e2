import { describe, expect, test } from 'vitest';
import { importGraph } from './import-graph.ts';
import { readSources, type Source } from './sources.ts';

/**
 * Which room may import which: the direction in which data walks. A new edge is a new line here, with its reason in the
 * commit; an edge that nobody uses goes. `route` never sees a verdict or a mapping: the proof is independent. What the
 * page draws knows nothing of verdicts: `web/worker` works everything out.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  uapi: ['base'],
  capture: ['base', 'uapi'],
  pci: ['base', 'uapi', 'capture'],
  p2pdma: ['base', 'uapi', 'capture', 'pci'],
  iommu: ['base', 'uapi', 'capture', 'pci'],
  dma: ['base', 'uapi', 'capture', 'pci', 'iommu'],
  scatterlist: ['base', 'uapi'],
  'dma-buf': ['base', 'uapi', 'p2pdma', 'dma', 'scatterlist'],
  vfio: ['base', 'uapi', 'capture', 'pci', 'p2pdma', 'scatterlist', 'dma-buf'],
  rdma: ['base', 'uapi', 'pci', 'p2pdma', 'dma', 'scatterlist', 'dma-buf'],
  iommufd: ['base', 'uapi', 'iommu', 'dma', 'scatterlist', 'dma-buf', 'vfio'],
  route: ['base', 'uapi', 'capture', 'pci', 'iommu', 'scatterlist'],
  // `verify` holds domains against what the kernel's module says of them.
  diagnose: ['base', 'uapi', 'capture', 'pci', 'p2pdma', 'iommu', 'dma', 'route'],
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
  answers: [
    'base',
    'uapi',
    'capture',
    'pci',
    'p2pdma',
    'dma',
    'scatterlist',
    'dma-buf',
    // What importers get of memory that VFIO exports, through iommufd too.
    'vfio',
    'iommufd',
    'route',
    'diagnose',
  ],
  'analyze.ts': ['capture', 'pci', 'p2pdma', 'diagnose'],
  report: [
    'base',
    'uapi',
    'capture',
    'pci',
    'p2pdma',
    'iommu',
    'dma-buf',
    'route',
    'diagnose',
    'lab',
    'answers',
    'analyze.ts',
  ],
  // Many machines at once: their facts, answers and reports as rows of tables.
  fleet: ['base', 'uapi', 'capture', 'pci', 'p2pdma', 'diagnose', 'analyze.ts', 'report'],
  archive: ['base', 'capture'],
  node: ['base', 'capture', 'pci', 'lab', 'archive'],
  // Threads, Parquet and queues of a fleet; packages that nobody else needs.
  'fleet-node': ['base', 'capture', 'pci', 'report', 'fleet', 'archive', 'node'],
  cli: [
    'base',
    'uapi',
    'capture',
    'pci',
    'p2pdma',
    'route',
    'diagnose',
    'lab',
    'answers',
    'analyze.ts',
    'report',
    'fleet',
    'node',
    'fleet-node',
  ],
  // The doors of the package: what is public is named there, and nothing else is done.
  'index.ts': [
    'base',
    'uapi',
    'capture',
    'pci',
    'p2pdma',
    'iommu',
    'route',
    'diagnose',
    'answers',
    'analyze.ts',
    'report',
  ],
  'lab.ts': ['lab', 'report'],
  'kernel.ts': ['uapi', 'iommu', 'dma', 'scatterlist', 'dma-buf', 'vfio', 'rdma', 'iommufd'],
  web: ['base', 'uapi', 'capture', 'pci', 'diagnose', 'report', 'web/views', 'web/worker'],
  // The site around the page: documents, the API, manual pages.
  site: ['web', 'scripts'],
  'web/drawing': ['pci', 'web', 'web/views'],
  // With the texts that it shows: the glossary, the script that captures, the version.
  'web/views': ['base', 'uapi', 'pci', 'diagnose', 'report', 'web', 'web/drawing', 'assets', 'docs', 'package.json'],
  'web/worker': [
    'base',
    'uapi',
    'capture',
    'pci',
    'p2pdma',
    'iommu',
    'dma-buf',
    'route',
    'diagnose',
    'lab',
    'answers',
    'analyze.ts',
    'report',
    'archive',
    'web',
    'examples',
  ],
  conformance: [
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
    'diagnose',
    'lab',
    'node',
  ],
  bench: [
    'base',
    'uapi',
    'capture',
    'pci',
    'p2pdma',
    'diagnose',
    'iommu',
    'dma',
    'scatterlist',
    'dma-buf',
    'lab',
    'node',
    'test',
  ],
};

/** Rooms whose code runs in browsers and on Node alike. */
const CORE = Object.keys(MAY_IMPORT)
  .slice(0, Object.keys(MAY_IMPORT).indexOf('fleet') + 1)
  .concat('index.ts', 'lab.ts', 'kernel.ts');
/** Packages the core may use: pure computation, no platform. */
const CORE_PACKAGES = ['yaml', 'fflate'];

const sources = ['src', 'web', 'conformance', 'bench', 'site'].flatMap((top) =>
  readSources(top).filter(({ isTest }) => !isTest),
);
const graph = importGraph(sources);

/** The room of a file: folders of the library and of the page, one room each for what stands beside them. */
function roomOf(path: string): string {
  const [top = '', folder = ''] = path.split('/');
  if (top === 'src') return folder;
  return top === 'web' && !folder.includes('.') ? `${top}/${folder}` : top;
}

/** Other files of the repository that a file imports. */
function neighbours({ path }: Source): readonly string[] {
  return (graph.get(path) ?? []).filter((target) => roomOf(target) !== roomOf(path));
}

const each = sources.map((source) => [source.path, source] as const);

describe('imports', () => {
  test.each(each)('%s imports only what its room may', (path, source) => {
    const allowed = MAY_IMPORT[roomOf(path)];
    expect(allowed, `${roomOf(path)} is not in the table of this test`).toBeDefined();
    expect(neighbours(source).filter((target) => !allowed?.includes(roomOf(target)))).toEqual([]);
  });

  test.each(each)('%s enters rooms of the library by their index', (_path, source) => {
    const inside = (target: string): boolean => /^src\/[^/]+\/(?!index\.ts$)/.test(target);
    expect(neighbours(source).filter(inside)).toEqual([]);
  });

  test.each(Object.entries(MAY_IMPORT))('%s uses every room that it may: others go from the table', (room, allowed) => {
    const used = new Set(
      sources
        .filter(({ path }) => roomOf(path) === room)
        .flatMap(neighbours)
        .map(roomOf),
    );
    expect(allowed.filter((other) => !used.has(other))).toEqual([]);
  });

  test('no file imports itself by way of others, not even types', () => {
    const open: string[] = [];
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string): void => {
      if (open.includes(path)) circles.push([...open.slice(open.indexOf(path)), path].join(' -> '));
      if (open.includes(path) || done.has(path)) return;
      open.push(path);
      for (const target of graph.get(path) ?? []) visit(target);
      open.pop();
      done.add(path);
    };
    for (const { path } of sources) visit(path);
    expect(circles).toEqual([]);
  });

  test('the core uses no platform: no Node modules, no packages but the listed ones', () => {
    const wrong = sources
      .filter(({ path }) => path.startsWith('src/') && CORE.includes(roomOf(path)))
      .flatMap((source) => packagesOf(source).map((name) => `${source.path}: ${name}`));
    expect(wrong).toEqual([]);
  });
});

function packagesOf({ text }: Source): string[] {
  return [...text.matchAll(/(?:from|import)(?:\s+|\s*\(\s*)'([^'.][^']*)'/g)]
    .map((match) => match[1] ?? '')
    .filter((name) => !CORE_PACKAGES.includes(name));
}
