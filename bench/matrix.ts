/** All-pairs verdicts against a walk of both paths for every pair, in C. */
import { cascade } from '../src/lab/index.ts';
import {
  acsRedirectBits,
  hostBridgeRule,
  type MapTypeRows,
  mapTypeMatrix,
  mapTypeRows,
  type P2pdmaMachine,
  p2pdmaMachine,
} from '../src/p2pdma/index.ts';
import { buildTopology, upstreamBridge } from '../src/pci/index.ts';
import { type BenchSettings, type Figure, measure, type Run, round } from './figure.ts';
import { Hash } from './hash.ts';
import { type Native, withNative } from './native.ts';

const MACHINES: readonly (readonly [functions: number, levels: number])[] = [
  [100, 4],
  [1000, 4],
  [1000, 12],
  [10_000, 4],
  [10_000, 12],
];

/** Above this many functions rows are computed into one buffer, and the baseline does one row in `STEP`. */
const ALL_AT_ONCE = 4000;
const STEP = 100;

/** Every ordered pair of functions, distance included. */
export function* matrixBench(settings: BenchSettings): Generator<Figure> {
  for (const [functions, levels] of MACHINES) {
    if (functions > settings.most) continue;
    const machine = p2pdmaMachine(buildTopology(cascade(levels, functions)));
    const name = `matrix/${functions}-functions/${levels}-levels`;
    const run = functions <= ALL_AT_ONCE ? whole : byRows;
    const figure = withNative((native) => run(name, machine, native, settings));
    yield figure;
    if (run === whole) yield memory(figure, mapTypeMatrix(machine).cells);
  }
}

function whole(name: string, machine: P2pdmaMachine, native: Native, settings: BenchSettings): Figure {
  const { functions } = mapTypeRows(machine);
  const file = native.file('topology', dump(machine, mapTypeRows(machine)));
  const model = (): Run => {
    const start = performance.now();
    const { cells } = mapTypeMatrix(machine);
    const ms = performance.now() - start;
    const hash = new Hash();
    hash.words(cells);
    return { ms, hash: String(hash) };
  };
  const baseline = { name: 'C, pair by pair', run: native.program('matrix', [file, 1]) };
  return measure({ name, n: functions.length ** 2, model, baseline }, settings);
}

/** A matrix of 10^8 pairs is not kept: rows are looked at and overwritten. */
function byRows(name: string, machine: P2pdmaMachine, native: Native, settings: BenchSettings): Figure {
  const n = machine.topology.functions.length;
  const file = native.file('topology', dump(machine, mapTypeRows(machine)));
  const cells = new Uint16Array(n);
  const model = (): Run => {
    const start = performance.now();
    const { fillRow } = mapTypeRows(machine);
    for (let row = 0; row < n; row++) fillRow(row, cells, 0);
    const ms = performance.now() - start;
    const hash = new Hash();
    for (let row = 0; row < n; row += STEP) {
      fillRow(row, cells, 0);
      hash.words(cells);
    }
    return { ms, hash: String(hash) };
  };
  const sampled = native.program('matrix', [file, STEP]);
  const run =
    sampled &&
    ((): Run => {
      const { ms, hash } = sampled();
      return { ms: ms * STEP, hash };
    });
  const note = `the baseline does one row in ${STEP}, its time is multiplied; hash of those rows`;
  return measure({ name, n: n ** 2, model, baseline: { name: 'C, pair by pair', run, note } }, settings);
}

function memory({ name, n, hash }: Figure, cells: Uint16Array): Figure {
  const value = round(cells.byteLength / n);
  return { name: `${name}/memory`, unit: 'bytes/pair', value, n, baseline: null, ratio: null, hash };
}

/** The machine as native/matrix.c reads it, functions in the order of the matrix. */
function dump(machine: P2pdmaMachine, { functions, position }: MapTypeRows): Uint8Array {
  const { hostBridges } = machine.topology;
  const parents = functions.map((fn) => position[upstreamBridge(fn)?.index ?? -1] ?? -1);
  const redirects = functions.map((fn) => {
    const bits = acsRedirectBits(machine, fn);
    return bits.state === 'known' && bits.value !== 0 ? 1 : 0;
  });
  const allowed = hostBridges.flatMap((from) =>
    hostBridges.map((to) => (hostBridgeRule(machine, from, to).allowed === true ? 1 : 0)),
  );
  const bridges = functions.map((fn) => fn.hostBridge.index);
  const words = Int32Array.of(functions.length, hostBridges.length, ...parents, ...redirects, ...bridges, ...allowed);
  return new Uint8Array(words.buffer);
}
