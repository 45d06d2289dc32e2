/** The tree as a picture: where boxes stand, what is in them, what is put together. Without a browser. */
import { describe, expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import type { DeviceKind } from '../../src/pci/index.ts';
import { boxParts, codeWidth, titleWidth } from '../../web/drawing/box-parts.ts';
import type { TreeWish } from '../../web/drawing/branches.ts';
import { outline } from '../../web/drawing/outline.ts';
import { HEIGHT, type PackedTree, packedTree } from '../../web/drawing/packed-tree.ts';
import { traitsOf } from '../../web/drawing/traits.ts';
import type { FunctionView, MachineView, SituationView } from '../../web/protocol.ts';

/** What hangs below something: kinds by depth. */
interface Part {
  readonly kind: DeviceKind;
  readonly below?: readonly Part[];
  readonly link?: string;
  readonly physical?: boolean;
}

const BRIDGES = new Set<DeviceKind>(['root-port', 'switch-upstream', 'switch-downstream', 'bridge']);

/** A machine of root buses. */
function machineOf(roots: readonly (readonly Part[])[], nodes: readonly (number | undefined)[] = []): MachineView {
  const functions: FunctionView[] = [];
  const labels = new Map<string, number>();
  const add = (part: Part, hostBridge: number, parent: number, physfn: number): void => {
    const index = functions.length;
    const bridge = BRIDGES.has(part.kind);
    const number = labels.get(part.kind) ?? 0;
    labels.set(part.kind, number + 1);
    const bus = (index >> 5).toString(16).padStart(2, '0');
    const bdf = `0000:${bus}:${((index >> 3) % 32).toString(16).padStart(2, '0')}.${index % 8}`;
    functions.push({
      index,
      bdf: `${index >> 13}${bdf.slice(1)}`,
      label: bridge || part.kind === 'system' ? undefined : `${part.kind}${number}`,
      name: part.kind,
      kind: part.kind,
      parent,
      physfn,
      hostBridge,
      endpoint: !bridge && part.kind !== 'system',
      bridge,
      link: { text: part.link ?? 'gen4 x16', rate: 32, slow: undefined },
    });
    for (const child of part.below ?? []) add(child, hostBridge, index, part.physical === true ? index : -1);
  };
  roots.forEach((parts, hostBridge) => {
    for (const part of parts) add(part, hostBridge, -1, -1);
  });
  const hostBridges = roots.map((_, at) => ({ name: `0000:${at}`, numaNode: nodes[at] }));
  return { functions, hostBridges } as unknown as MachineView;
}

const slot = (kind: DeviceKind, of: DeviceKind = 'switch-downstream'): Part => ({ kind: of, below: [{ kind }] });
const fabric = (gpus: number, nics: number, drives: number): Part => ({
  kind: 'root-port',
  below: [
    {
      kind: 'switch-upstream',
      below: [
        ...Array.from({ length: gpus }, () => slot('gpu')),
        ...Array.from({ length: nics }, () => slot('nic')),
        ...Array.from({ length: drives }, () => slot('nvme')),
      ],
    },
  ],
});

const WISH: TreeWish = { folds: new Map(), only: undefined, everything: false, shown: new Set() };
/** What a window of 1,440 pixels leaves for the picture, beside the pair and a scroll bar. */
const PANE = 958;

function overlaps(tree: PackedTree): string[] {
  const found: string[] = [];
  const boxes = [...tree.boxes].sort((a, b) => a.y - b.y);
  boxes.forEach((a, at) => {
    if (a.x < 0 || a.y < 0 || a.x + a.width > tree.width || a.y + HEIGHT > tree.height)
      found.push(`${a.id} is outside`);
    for (const b of boxes.slice(at + 1)) {
      if (b.y >= a.y + HEIGHT) break;
      if (a.x < b.x + b.width && b.x < a.x + a.width) found.push(`${a.id} and ${b.id}`);
    }
  });
  return found;
}

const KINDS: readonly DeviceKind[] = ['gpu', 'nic', 'nvme', 'usb', 'system', 'other', 'switch-management'];

function randomPart(random: Prng, depth: number): Part {
  const pick = random.below(10);
  if (depth > 4 || pick < 4) {
    const kind = KINDS[random.below(KINDS.length)] ?? 'gpu';
    const functions = random.below(8) === 0 ? random.below(20) : 0;
    return { kind, physical: true, below: Array.from({ length: functions }, () => ({ kind })) };
  }
  const kind = (['root-port', 'switch-upstream', 'switch-downstream', 'bridge'] as const)[random.below(4)] ?? 'bridge';
  const below = Array.from({ length: random.below(random.below(12) === 0 ? 30 : 5) }, () =>
    randomPart(random, depth + 1),
  );
  return { kind, below };
}

describe('the packed tree', () => {
  test.each([11, 12, 13, 14, 15, 16, 17, 18])(
    'has no two boxes over each other, and all within: random machine %i',
    (seed) => {
      const random = new Prng(seed);
      const roots = Array.from({ length: 1 + random.below(12) }, () =>
        Array.from({ length: random.below(6) }, () => randomPart(random, 0)),
      );
      const machine = machineOf(
        roots,
        roots.map((_, at) => (at * 2 < roots.length ? 0 : 1)),
      );
      for (const alike of ['fit', 'all', 'none'] as const)
        for (const width of [320, PANE, 2400]) {
          const wish = { ...WISH, alike, everything: seed % 2 === 0 };
          const tree = packedTree(machine, wish, width);
          expect(overlaps(tree)).toEqual([]);
          expect(tree.boxes.map(({ id }) => id)).toEqual(outline(machine, wish).map(({ id }) => id));
        }
    },
  );

  test('of 490 functions is as wide as the window of a laptop has room for, and folded is hardly higher', () => {
    const roots = Array.from({ length: 8 }, () => [fabric(4, 4, 6), fabric(4, 4, 6)]);
    const machine = machineOf(roots, [0, 0, 0, 0, 1, 1, 1, 1]);
    expect(machine.functions.length).toBeGreaterThanOrEqual(480);
    const all = packedTree(machine, { ...WISH, alike: 'none' }, PANE);
    expect(all.boxes.length).toBe(machine.functions.length + roots.length);
    expect(all.width).toBeLessThanOrEqual(PANE);
    const fitting = packedTree(machine, { ...WISH, alike: 'fit' }, PANE);
    expect(fitting.width).toBeLessThanOrEqual(PANE);
    expect(fitting.height).toBeLessThan(1200);
    // Each switch is still there, with what it holds in one line a kind.
    expect(fitting.boxes.filter(({ node }) => node.what === 'alike').length).toBe(48);
  });

  test('has a port and what it holds on one line, and what is below a switch under it', () => {
    const { boxes } = packedTree(machineOf([[fabric(2, 0, 0)]]), WISH, PANE);
    const [root, port, upstream, downstream, gpu, next] = boxes;
    expect(upstream?.y).toBe(port?.y);
    expect(gpu?.y).toBe(downstream?.y);
    const below = [port, downstream, next].map((box) => box?.y ?? 0);
    expect(below).toEqual([...below].sort((a, b) => a - b));
    expect(new Set(below).size).toBe(3);
    expect(port?.y).toBeGreaterThan(root?.y ?? 0);
  });

  test('is no wider on a phone than one column', () => {
    const machine = machineOf(Array.from({ length: 6 }, () => [fabric(2, 2, 4)]));
    expect(packedTree(machine, WISH, 340).width).toBeLessThanOrEqual(340);
  });
});

describe('what is alike', () => {
  const alike = (machine: MachineView, wish: Partial<TreeWish> = {}): string[] =>
    outline(machine, { ...WISH, alike: 'all', ...wish }).flatMap(({ node }) =>
      node.what === 'alike'
        ? [[`${node.count} × ${node.words}`, node.contents, node.names].filter((part) => part !== '').join(': ')]
        : [],
    );

  test('is one: devices, switches by what they hold, root buses', () => {
    expect(alike(machineOf([[slot('gpu', 'root-port'), slot('gpu', 'root-port'), slot('nic', 'root-port')]]))).toEqual([
      '2 × GPUs: gpu0–1',
    ]);
    expect(alike(machineOf([[fabric(2, 2, 0), fabric(2, 2, 0), fabric(2, 2, 0), fabric(2, 2, 0)]]))[0]).toMatch(
      /^4 × switches: 2 GPUs, 2 NICs/,
    );
    expect(alike(machineOf([[fabric(1, 0, 0)], [fabric(1, 0, 0)]]))).toEqual(['2 × root buses: 1 GPU: gpu0–1']);
  });

  test('is not what differs in link, in ACS or in an answer, nor what must be in sight', () => {
    const four = [slot('gpu'), slot('gpu'), slot('gpu'), slot('gpu')];
    const machine = (parts: readonly Part[]): MachineView =>
      machineOf([[{ kind: 'root-port', below: [{ kind: 'switch-upstream', below: parts }] }]]);
    const plain = machine(four);
    expect(alike(plain)).toEqual(['4 × GPUs: gpu0–3']);
    expect(
      alike(machine([...four.slice(1), { kind: 'switch-downstream', below: [{ kind: 'gpu', link: 'gen3 x8' }] }])),
    ).toEqual(['3 × GPUs: gpu0–2']);
    expect(alike(plain, { shown: new Set([5]) })).toEqual(['3 × GPUs: gpu0, 2–3']);
    const ports = [2, 4, 6, 8].map((port) => ({ port, cap: 0x1f, control: port === 4 ? 0 : 0x1d, known: 0xffff }));
    const situation = {
      ports,
      unreadablePorts: [],
      shown: Int32Array.of(3, 5, 7, 9),
      types: new Uint8Array(16).fill(2),
    };
    const traits = (change: object): ReadonlyMap<number, string> =>
      traitsOf(plain.functions, { ...situation, ...change } as unknown as SituationView);
    expect(alike(plain, { traits: traits({}) })).toEqual(['3 × GPUs: gpu0, 2–3']);
    const types = situation.types.slice();
    // gpu3 may not read gpu2.
    types[2 * 4 + 3] = 1;
    expect(alike(plain, { traits: traits({ ports: [], types }) })).toEqual(['2 × GPUs: gpu0–1']);
  });

  test('stays on its socket', () => {
    const machine = machineOf(
      [[fabric(1, 0, 0)], [fabric(1, 0, 0)], [fabric(1, 0, 0)], [fabric(1, 0, 0)]],
      [0, 0, 1, 1],
    );
    expect(alike(machine)).toEqual(['2 × root buses: 1 GPU: gpu0–1', '2 × root buses: 1 GPU: gpu2–3']);
    const { sockets } = packedTree(machine, { ...WISH, alike: 'all' }, PANE);
    expect(sockets.map(({ numaNode }) => numaNode)).toEqual([0, 1]);
  });

  test('unfolds by hand, and the way of a pair is never in it', () => {
    const machine = machineOf([[slot('nvme', 'root-port'), slot('nvme', 'root-port'), slot('nvme', 'root-port')]]);
    const folded = outline(machine, { ...WISH, alike: 'all' });
    const id = folded.find(({ node }) => node.what === 'alike')?.id ?? '';
    expect(folded.length).toBe(2);
    expect(outline(machine, { ...WISH, alike: 'all', folds: new Map([[id, true]]) }).length).toBe(8);
  });
});

describe('what stands in a box', () => {
  test('covers nothing else and does not stick out, whatever there is to say', () => {
    const random = new Prng(7);
    const words = [
      '',
      'GPU0',
      '17:00.0',
      'MMMMWWWW',
      'a much longer name than fits',
      '4 × switches with 2 GPUs',
      '東京東京東京東京',
    ];
    const word = (): string => words[random.below(words.length)] ?? '';
    for (let round = 0; round < 2000; round++) {
      const width = 40 + random.below(240);
      const tags = Array.from({ length: random.below(4) }, () => ({ text: word(), looks: '' }));
      const content = {
        icon: random.below(2) === 0,
        numbers: ['', '1', '1·5·9'][random.below(3)] ?? '',
        title: word(),
        plain: random.below(2) === 0,
        detail: word(),
        tags,
        folds: random.below(2) === 0,
      };
      const { numbers, icon, title, detail, tags: placed, fold } = boxParts(content, width);
      const parts = [numbers, icon, title, detail, fold, ...placed].filter(
        (part) => part !== undefined && part.width > 0,
      );
      const sorted = parts.flatMap((part) => (part === undefined ? [] : [part])).sort((a, b) => a.x - b.x);
      sorted.forEach(({ x, width: own }, at) => {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x + own).toBeLessThanOrEqual(sorted[at + 1]?.x ?? width);
      });
      expect(title.width).toBe(content.plain ? codeWidth(title.text) : titleWidth(title.text));
    }
  });

  test('of a port is its address and that it redirects, of a device its label and its address', () => {
    const port = boxParts(
      {
        icon: false,
        numbers: '',
        title: '17:00.0',
        plain: true,
        detail: 'port',
        tags: [{ text: 'ACS', looks: '' }],
        folds: false,
      },
      98,
    );
    expect([port.title.text, port.tags.map(({ text }) => text)]).toEqual(['17:00.0', ['ACS']]);
    const device = boxParts(
      { icon: true, numbers: '', title: 'NVME15', plain: false, detail: '1c:00.0', tags: [], folds: false },
      142,
    );
    expect([device.icon !== undefined, device.title.text, device.detail?.text]).toEqual([true, 'NVME15', '1c:00.0']);
  });
});
