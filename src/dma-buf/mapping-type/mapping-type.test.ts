import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MappingMachineSpec, mappingMachine } from '../../../test/support/mapping-machine.ts';
import { value } from '../../../test/support/vfio-machine.ts';
import { type Errno, type KernelResult, kernelError, kernelOk } from '../../uapi/index.ts';
import {
  DMA_BUF_MAPPING_SGT,
  type DmaBuf,
  DmaBufAttachment,
  type DmaBufMappingMatch,
  type DmaBufMappingType,
  type DmaBufMatchArgs,
  type DmaBufOps,
  dmaBufAttach,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufExport,
  dmaBufMappingAttach,
  dmaBufMatchMapping,
  dmaBufSgtDmaDevice,
  dmaBufSgtP2pAllowed,
  PAL_IMPORTER,
  PhysLists,
  palExporter,
  sgtExporter,
  sgtImporter,
  sgtPeerExporter,
} from '../index.ts';

const RFC: MappingMachineSpec = { mappingTypes: 'complete' };
const PEER = { allowPeer2peer: true, invalidateMappings: () => undefined };

/** A type that writes down what is called, and answers from a script: `undefined` is a success. */
interface ScriptedMatch extends DmaBufMappingMatch {
  readonly item: string;
}
class Script {
  readonly calls: string[] = [];
  readonly #answers: (Errno | undefined)[];

  constructor(answers: readonly (Errno | undefined)[] = []) {
    this.#answers = [...answers];
  }

  type(name: string, hasMatch = true): DmaBufMappingType {
    const item = (match: DmaBufMappingMatch): string => (match as ScriptedMatch).item;
    return {
      name,
      ...(hasMatch
        ? {
            match: (_args: DmaBufMatchArgs, exporter: DmaBufMappingMatch, importer: DmaBufMappingMatch) => {
              this.calls.push(`match ${item(exporter)} ${item(importer)}`);
              const errno = this.#answers.shift();
              return errno === undefined ? kernelOk(undefined) : kernelError(errno, 'script');
            },
          }
        : {}),
      finishMatch: (_args, exporter, importer) => {
        this.calls.push(`finish ${item(exporter)} ${item(importer)}`);
        return exporter;
      },
    };
  }
}

function item(type: DmaBufMappingType, name: string): ScriptedMatch {
  return { type, item: name };
}

interface Asked {
  readonly result: string;
  readonly calls: readonly string[];
  readonly args: DmaBufMatchArgs;
}

/** Negotiates; the result is the exporter's item, or the errno. */
function ask(script: Script, exporter: readonly ScriptedMatch[], importer: readonly ScriptedMatch[]): Asked {
  const machine = mappingMachine(RFC);
  const dmabuf = buffer(machine, { singleExporterMatch: sgtExporter({}) });
  const attach = new DmaBufAttachment(dmabuf, undefined);
  const args: DmaBufMatchArgs = { dmabuf, attach, importer, tried: [], exporter: undefined };
  const matched = dmaBufMatchMapping(args, exporter);
  if (matched.ok) expect(attach.mapType).toBe(matched.value);
  else expect(attach.mapType).toBeUndefined();
  return { result: matched.ok ? (matched.value as ScriptedMatch).item : matched.errno, calls: script.calls, args };
}

function buffer(machine: ReturnType<typeof mappingMachine>, ops: Partial<DmaBufOps>): DmaBuf {
  return value(dmaBufExport(machine.kernel, { ops: { release: () => undefined, ...ops }, size: 0x1000n }));
}

describe('what importer and exporter agree on', () => {
  test('an exporter that lists nothing fits nobody, and nothing is called', () => {
    const script = new Script();
    expect(ask(script, [], [item(script.type('A'), 'a')])).toMatchObject({ result: 'EINVAL', calls: [] });
  });

  test('an importer that lists nothing fits nobody, and nothing is called', () => {
    const script = new Script();
    expect(ask(script, [item(script.type('A'), 'a')], [])).toMatchObject({ result: 'EINVAL', calls: [] });
  });

  test('lists without a type in common do not fit, and nothing is called', () => {
    const script = new Script();
    const [a, b] = [script.type('A'), script.type('B')];
    const { result, calls, args } = ask(script, [item(a, 'a')], [item(b, 'b'), item(b, 'c')]);
    expect([result, calls]).toEqual(['EINVAL', []]);
    expect(args.tried.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
  });

  test('a type without a match fits itself always', () => {
    const script = new Script();
    const a = script.type('A', false);
    expect(ask(script, [item(a, 'x')], [item(a, 'y')])).toMatchObject({ result: 'x', calls: ['finish x y'] });
  });

  test('a match that agrees is finished once, with both items', () => {
    const script = new Script();
    const a = script.type('A');
    expect(ask(script, [item(a, 'x')], [item(a, 'y')]).calls).toEqual(['match x y', 'finish x y']);
  });

  test('a match that does not fit on the only candidate leaves nothing', () => {
    const script = new Script(['EOPNOTSUPP']);
    const a = script.type('A');
    expect(ask(script, [item(a, 'x')], [item(a, 'y')]).result).toBe('EINVAL');
  });

  test('and then nothing is finished', () => {
    const script = new Script(['EOPNOTSUPP', 'EOPNOTSUPP']);
    const a = script.type('A');
    expect(ask(script, [item(a, 'x')], [item(a, 'y'), item(a, 'z')]).calls).toEqual(['match x y', 'match x z']);
  });

  test('another error ends the search at once, though the next pair would fit', () => {
    const script = new Script(['ENOMEM']);
    const a = script.type('A');
    const asked = ask(script, [item(a, 'x'), item(a, 'w')], [item(a, 'y'), item(a, 'z')]);
    expect(asked).toMatchObject({ result: 'ENOMEM', calls: ['match x y'] });
  });

  test('of two exporter items that both fit the first is taken', () => {
    const script = new Script();
    const [a, b] = [script.type('A'), script.type('B')];
    expect(ask(script, [item(a, 'x'), item(b, 'w')], [item(a, 'y'), item(b, 'z')]).result).toBe('x');
  });

  test('the exporter’s order decides over the importer’s', () => {
    const script = new Script();
    const [a, b] = [script.type('A'), script.type('B')];
    expect(ask(script, [item(a, 'x'), item(b, 'w')], [item(b, 'z'), item(a, 'y')])).toMatchObject({
      result: 'x',
      calls: ['match x y', 'finish x y'],
    });
  });

  test('the importer’s order breaks ties within one type', () => {
    const script = new Script(['EOPNOTSUPP']);
    const a = script.type('A');
    expect(ask(script, [item(a, 'x')], [item(a, 'y'), item(a, 'z')]).calls.at(-1)).toBe('finish x z');
  });

  test('what does not fit is passed over for the exporter’s next item', () => {
    const script = new Script(['EOPNOTSUPP']);
    const [a, b] = [script.type('A'), script.type('B')];
    const { result, args } = ask(script, [item(a, 'x'), item(b, 'w')], [item(b, 'z'), item(a, 'y')]);
    expect(result).toBe('w');
    expect(args.tried).toEqual([
      { exporter: 0, importer: 0, outcome: 'passed' },
      { exporter: 0, importer: 1, outcome: kernelError('EOPNOTSUPP', 'script') },
      { exporter: 1, importer: 0, outcome: 'chosen' },
    ]);
  });

  test('any lists and answers come to what the rules say, by the same calls in the same order', () => {
    const name = fc.constantFrom('A', 'B', 'C');
    const answer = fc.constantFrom(undefined, 'EOPNOTSUPP', 'EOPNOTSUPP', 'ENOMEM', 'ENODEV') as fc.Arbitrary<
      Errno | undefined
    >;
    const lists = fc.record({
      exporter: fc.array(name, { maxLength: 4 }),
      importer: fc.array(name, { maxLength: 4 }),
      answers: fc.array(answer, { minLength: 16, maxLength: 16 }),
    });
    fc.assert(
      fc.property(lists, ({ exporter, importer, answers }) => {
        const script = new Script(answers);
        const types = { A: script.type('A'), B: script.type('B'), C: script.type('C', false) };
        const items = (side: string, names: readonly string[]) =>
          names.map((each, index) => item(types[each as keyof typeof types], `${side}${index}`));
        const asked = ask(script, items('e', exporter), items('i', importer));
        // The rules once more: pairs of one type in the exporter's order, until one is answered with an end.
        const pairs = exporter.flatMap((type, e) =>
          importer.flatMap((other, i) => (type === other ? [{ type, pair: `e${e} i${i}`, e }] : [])),
        );
        let asks = 0;
        const ends = pairs.map(({ type }) => (type === 'C' ? 'fits' : (answers[asks++] ?? 'fits')));
        const last = ends.findIndex((end) => end !== 'EOPNOTSUPP');
        const looked = last < 0 ? pairs : pairs.slice(0, last + 1);
        const calls = looked.filter(({ type }) => type !== 'C').map(({ pair }) => `match ${pair}`);
        const fits = last >= 0 && ends[last] === 'fits';
        if (fits) calls.push(`finish ${pairs[last]?.pair}`);
        expect(asked.result).toBe(fits ? `e${pairs[last]?.e}` : last < 0 ? 'EINVAL' : ends[last]);
        expect(asked.calls).toEqual(calls);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('exporting with a list', () => {
  const sgt = sgtExporter({});
  const lists = { matchMapping: () => kernelError('EINVAL', 'test'), singleExporterMatch: sgt } as const;
  const maps = { map: () => undefined, unmap: () => undefined };
  const rows: [string, NonNullable<MappingMachineSpec['mappingTypes']>, Partial<DmaBufOps>, boolean][] = [
    ['one item', 'complete', { singleExporterMatch: sgt }, true],
    ['a function', 'complete', { matchMapping: lists.matchMapping }, true],
    ['both', 'complete', lists, false],
    ['one item and map', 'complete', { singleExporterMatch: sgt, map: maps.map }, false],
    ['a function and unmap', 'transition', { matchMapping: lists.matchMapping, unmap: maps.unmap }, false],
    ['neither', 'complete', maps, false],
    ['neither, in the middle of the series', 'transition', maps, true],
    ['nothing at all', 'transition', {}, false],
    ['half of the old operations', 'transition', { map: maps.map }, false],
    ['a list on a kernel without', 'none', { singleExporterMatch: sgt }, false],
    ['the old operations on a kernel without', 'none', maps, true],
  ];
  test.each(rows)('%s, %s', (_, mappingTypes, ops, exported) => {
    const machine = mappingMachine({ mappingTypes });
    const result = dmaBufExport(machine.kernel, { ops: { release: () => undefined, ...ops }, size: 1n });
    expect(result.ok ? 'ok' : result.errno).toBe(exported ? 'ok' : 'EINVAL');
    expect(machine.log.warns).toHaveLength(exported ? 0 : 1);
  });
});

describe('attaching by negotiation', () => {
  test('without a buffer, or operations without a callback, is EINVAL with a WARN and no negotiation', () => {
    const machine = mappingMachine(RFC);
    const dmabuf = buffer(machine, { singleExporterMatch: sgtExporter({}) });
    const list = [sgtImporter(machine.importer, true)];
    const results = [
      dmaBufMappingAttach(machine.kernel, undefined, list, PEER),
      dmaBufMappingAttach(machine.kernel, dmabuf, list, { allowPeer2peer: true }),
    ];
    expect(results).toMatchObject(Array(2).fill({ errno: 'EINVAL', negotiation: undefined }));
    expect(machine.log.warns).toHaveLength(2);
    expect(dmabuf.attachments).toEqual([]);
  });

  test('without memory is ENOMEM before anyone is asked', () => {
    const machine = mappingMachine({ ...RFC, fault: (step) => step === 'dma_buf_mapping_attach: attachment' });
    const dmabuf = buffer(machine, { singleExporterMatch: sgtExporter({}) });
    expect(dmaBufMappingAttach(machine.kernel, dmabuf, [], PEER)).toMatchObject({
      errno: 'ENOMEM',
      negotiation: undefined,
    });
  });

  test('asks the exporter’s hook after the negotiation, with the lock free, and never where that fails', () => {
    const machine = mappingMachine(RFC);
    const seen: string[] = [];
    const dmabuf: DmaBuf = buffer(machine, {
      attach: (attach) => {
        seen.push(`attach ${attach.mapType?.type.name}`);
        return kernelError('ENODEV', 'hook');
      },
      matchMapping: (args) => {
        seen.push(`match, lock ${args.dmabuf.resv.held ? 'held' : 'free'}`);
        return dmaBufMatchMapping(args, [sgtPeerExporter({}, machine.provider)]);
      },
    });
    const device = machine.importer;
    expect(dmaBufMappingAttach(machine.kernel, dmabuf, [sgtImporter(device, false)], PEER)).toMatchObject({
      errno: 'EINVAL',
      negotiation: { tried: [{ outcome: { errno: 'EOPNOTSUPP' } }] },
    });
    expect(seen).toEqual(['match, lock free']);
    expect(dmaBufMappingAttach(machine.kernel, dmabuf, [sgtImporter(device, true)], PEER)).toMatchObject({
      errno: 'ENODEV',
    });
    expect(seen.slice(1)).toEqual(['match, lock free', 'attach DMA Mapped Scatter Gather Table']);
    expect(dmabuf.attachments).toEqual([]);
  });

  test('an exporter without a list gives tables to everyone in the middle of the series', () => {
    const machine = mappingMachine({ mappingTypes: 'transition' });
    const dmabuf = buffer(machine, { map: () => undefined, unmap: () => undefined });
    const attach = value(dmaBufAttach(machine.kernel, dmabuf, machine.importer));
    expect([dmaBufSgtDmaDevice(attach), dmaBufSgtP2pAllowed(attach)]).toEqual([machine.importer, false]);
    expect(dmaBufMappingAttach(machine.kernel, dmabuf, [PAL_IMPORTER], PEER)).toMatchObject({ errno: 'EINVAL' });
  });
});

describe('tables', () => {
  /** [importer, map type, exporter's requirement, outcome]. */
  const rows: [string, boolean, MappingMachineSpec['mapType'], boolean, string][] = [
    ['a static importer of memory that any device can use', false, undefined, false, 'ok'],
    ['a peer importer of memory that any device can use', true, 'PCI_P2PDMA_MAP_NOT_SUPPORTED', false, 'ok'],
    ['a peer importer', true, 'PCI_P2PDMA_MAP_BUS_ADDR', true, 'ok'],
    ['a peer importer through the host bridge', true, 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE', true, 'ok'],
    ['a peer importer out of reach', true, 'PCI_P2PDMA_MAP_NOT_SUPPORTED', true, 'EINVAL'],
    ['a static importer of peer memory', false, 'PCI_P2PDMA_MAP_BUS_ADDR', true, 'EINVAL'],
  ];
  test.each(rows)('%s', (_, peer, mapType, requires, expected) => {
    const machine = mappingMachine({ ...RFC, ...(mapType === undefined ? {} : { mapType }) });
    const match = requires ? sgtPeerExporter({}, machine.provider) : sgtExporter({});
    const dmabuf = buffer(machine, { singleExporterMatch: match });
    const attach = peer
      ? dmaBufDynamicAttach(machine.kernel, dmabuf, machine.importer, PEER)
      : dmaBufAttach(machine.kernel, dmabuf, machine.importer);
    expect(attach.ok ? 'ok' : attach.errno).toBe(expected);
    if (!attach.ok) return;
    expect(dmaBufSgtDmaDevice(attach.value)).toBe(machine.importer);
    expect(dmaBufSgtP2pAllowed(attach.value)).toBe(requires);
    expect([attach.value.dev, attach.value.peer2peer]).toEqual([machine.importer, peer]);
    // Where the memory lies is the exporter's business from here on.
    expect(attach.value.mapType).toMatchObject({ type: DMA_BUF_MAPPING_SGT, from: undefined });
    dmaBufDetach(machine.kernel, dmabuf, attach.value);
    expect(dmabuf.attachments).toEqual([]);
  });

  test('an exporter that does not say where its peer memory lies is warned about and does not fit', () => {
    const machine = mappingMachine(RFC);
    const dmabuf = buffer(machine, { singleExporterMatch: sgtPeerExporter({}, undefined) });
    expect(dmaBufDynamicAttach(machine.kernel, dmabuf, machine.importer, PEER)).toMatchObject({ errno: 'EINVAL' });
    expect(machine.log.warns).toHaveLength(1);
  });

  test('are for attachments that agreed on them', () => {
    const machine = mappingMachine(RFC);
    const lists = new PhysLists({} as never);
    const dmabuf = buffer(machine, { singleExporterMatch: palExporter(lists) });
    const attach = value(dmaBufMappingAttach(machine.kernel, dmabuf, [PAL_IMPORTER], PEER));
    expect([dmaBufSgtDmaDevice(attach), dmaBufSgtP2pAllowed(attach)]).toEqual([undefined, false]);
    expect(() => attach.dev).toThrow('DMA device');
  });
});

test('a type of one’s own needs nothing of the core', () => {
  const machine = mappingMachine(RFC);
  interface ColourMatch extends DmaBufMappingMatch {
    readonly colour: string;
    readonly paint?: () => string;
  }
  const COLOURS: DmaBufMappingType = {
    name: 'Colours',
    match: (_args, exporter, importer): KernelResult<undefined> =>
      (exporter as ColourMatch).colour === (importer as ColourMatch).colour
        ? kernelOk(undefined)
        : kernelError('EOPNOTSUPP', 'another colour'),
    finishMatch: (_args, exporter) => exporter,
  };
  const red: ColourMatch = { type: COLOURS, colour: 'red', paint: () => 'painted red' };
  const dmabuf = buffer(machine, { matchMapping: (args) => dmaBufMatchMapping(args, [red, sgtExporter({})]) });
  const wants = (colour: string): ColourMatch => ({ type: COLOURS, colour });
  const both = (colour: string) =>
    dmaBufMappingAttach(machine.kernel, dmabuf, [wants(colour), sgtImporter(machine.importer, false)], undefined);
  const own = value(both('red'));
  expect((own.mapType as ColourMatch).paint?.()).toBe('painted red');
  expect(value(both('blue')).mapType?.type).toBe(DMA_BUF_MAPPING_SGT);
});
