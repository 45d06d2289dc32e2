import { existsSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyze, answerAllPairs } from '../../src/analyze.ts';
import { CaptureKeys, joinSources } from '../../src/archive/index.ts';
import { Prng, rawText } from '../../src/base/index.ts';
import { ConfigSpace, known, type MachineCapture } from '../../src/capture/index.ts';
import { examine } from '../../src/diagnose/index.ts';
import {
  answerFacts,
  columnNames,
  fleetAnswers,
  readAnswerFacts,
  TABLES,
  type TableName,
} from '../../src/fleet/index.ts';
import { keyRules } from '../../src/fleet-node/key-rules.ts';
import { randomMachine } from '../../src/lab/index.ts';
import { machineArchive, readBytesParts, readMachine } from '../../src/node/index.ts';
import { serialPlace } from '../../src/report/index.ts';

const INPUTS = readdirSync('test/machines')
  .flatMap((name) => ['capture.tar.gz', 'machine.yaml', 'lspci.txt'].map((file) => `test/machines/${name}/${file}`))
  .filter((path) => existsSync(path));

/** The machine with one function's config space changed. */
function withConfig(capture: MachineCapture, index: number, change: (bytes: Uint8Array) => void): MachineCapture {
  const functions = capture.functions.map((fn, at) => {
    if (at !== index) return fn;
    const { mask, whyUnknown, size, places } = fn.config;
    const bytes = fn.config.bytes.slice();
    change(bytes);
    return { ...fn, config: new ConfigSpace(bytes, { mask, whyUnknown, size, places }) };
  });
  return { ...capture, functions };
}

/** The machine with serial numbers of another copy of each card. */
function anotherCopy(capture: MachineCapture, add: number): MachineCapture {
  return capture.functions.reduce((machine, { config }, at) => {
    const place = serialPlace(config);
    return place === undefined ? machine : withConfig(machine, at, (bytes) => bytes.set([add, 7, 7], place + 3));
  }, capture);
}

describe('the fingerprint', () => {
  it.each(INPUTS)('%s: its facts give the answers of the machine, and read back as they were written', async (path) => {
    const read = await readMachine(path);
    if (!read.ok) throw new Error(read.error.text);
    const facts = answerFacts(read.value);
    const again = readAnswerFacts(facts);
    expect(answerFacts({ ...again, findings: [] })).toBe(facts);
    const [one, other] = [analyze(read.value), analyze(again)];
    expect(answerAllPairs(other).cells).toEqual(answerAllPairs(one).cells);
    const codes = ({ situation }: typeof one): string[] => examine(situation).map(({ code }) => code);
    expect(codes(other)).toEqual(codes(one));
    expect(facts).not.toContain(path);
  });

  it('is the same for machines that differ in serial numbers, names and places of the kernel alone', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const machine = randomMachine(new Prng(seed), { functions: 24 });
      const other: MachineCapture = {
        ...anotherCopy(machine, seed),
        source: { ...machine.source, name: `host-${seed}` },
        kernel: { ...machine.kernel, modules: known([`m${seed}`]) },
        iomem:
          machine.iomem.state === 'known'
            ? known([
                ...machine.iomem.value,
                { range: { start: 0x100_0000n, end: 0x200_0000n }, name: rawText('Kernel code'), depth: 1 },
              ])
            : machine.iomem,
      };
      expect(answerFacts(other), `seed ${seed}`).toBe(answerFacts(machine));
    }
  });

  it('is another one for every bit of config space that is no serial number, for another kernel, command line, group and link', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const prng = new Prng(seed);
      const machine = randomMachine(prng, { functions: 16 });
      const facts = answerFacts(machine);
      const index = prng.below(machine.functions.length);
      const config = machine.functions[index]?.config;
      const at = prng.below(config?.bytes.length ?? 0);
      const place = config && serialPlace(config);
      const isSerial = place !== undefined && at >= place && at < place + 8;
      const flipped = withConfig(machine, index, (bytes) => bytes.set([(bytes[at] ?? 0) ^ (1 << prng.below(8))], at));
      expect(answerFacts(flipped) === facts, `seed ${seed}: byte ${at} of function ${index}`).toBe(isSerial);
      const { kernel, functions } = machine;
      const first = functions[0];
      if (first === undefined) continue;
      const others: readonly MachineCapture[] = [
        { ...machine, kernel: { ...kernel, release: known('6.19.1') } },
        { ...machine, kernel: { ...kernel, cmdline: known('quiet iommu=pt') } },
        { ...machine, functions: [{ ...first, iommuGroup: known(999) }, ...functions.slice(1)] },
        { ...machine, functions: [{ ...first, numaNode: known(77) }, ...functions.slice(1)] },
      ];
      for (const other of others) expect(answerFacts(other)).not.toBe(facts);
    }
  });
});

describe('the key of an archive', () => {
  const keys = new CaptureKeys();
  const unpacked = (machine: MachineCapture): Uint8Array => new Uint8Array(gunzipSync(machineArchive(machine)));
  const keyOf = (tar: Uint8Array): string | undefined => {
    const key = keys.of(tar, keyRules());
    return key && Buffer.from(key.bytes).toString('base64');
  };
  const factsOf = async (tar: Uint8Array): Promise<string | undefined> => {
    const parts = await readBytesParts(tar, 'x');
    const joined = parts.ok ? joinSources([parts.value]) : parts;
    return joined.ok ? answerFacts(joined.value) : undefined;
  };

  it('is equal for two copies of a machine, and lists their serial numbers', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const machine = randomMachine(new Prng(seed), { functions: 20 });
      const [a, b] = [unpacked(machine), unpacked(anotherCopy(machine, seed))];
      expect(keyOf(b)).toBe(keyOf(a));
      const serials = machine.functions.filter(({ config }) => serialPlace(config) !== undefined).length;
      expect(keys.of(b, keyRules())?.serials).toHaveLength(serials);
    }
  });

  it('is equal only where the facts are: of an archive with any byte changed, too', async () => {
    let equal = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const prng = new Prng(seed);
      const tar = unpacked(randomMachine(new Prng(seed % 4), { functions: 12 }));
      const changed = tar.slice();
      changed[prng.below(tar.length)] = prng.below(256);
      const key = keyOf(changed);
      if (key === undefined || key !== keyOf(tar)) continue;
      equal++;
      expect(await factsOf(changed), `seed ${seed}`).toBe(await factsOf(tar));
    }
    expect(equal).toBeGreaterThan(0);
  });

  it('is none for an archive that is cut, or whose header is damaged', () => {
    const tar = unpacked(randomMachine(new Prng(5), { functions: 8 }));
    expect(keyOf(tar)).toBeDefined();
    expect(keyOf(tar.subarray(0, tar.length / 2))).toBeUndefined();
    const damaged = tar.slice();
    damaged[5] = (damaged[5] ?? 0) ^ 1;
    expect(keyOf(damaged)).toBeUndefined();
  });
});

it('rows have a cell for each column of their table, and no other', () => {
  const facts = answerFacts(randomMachine(new Prng(11), { functions: 40 }));
  const { summary, rows } = fleetAnswers(facts, 'f', undefined);
  for (const [name, table] of Object.entries(rows))
    for (const row of table) expect(Object.keys(row), name).toEqual(columnNames(TABLES[name as TableName]));
  const input = ['machine', 'source', 'hash', 'bytes', 'serials', 'fingerprint'];
  expect([...input, ...Object.keys(summary)]).toEqual(columnNames(TABLES.machines));
});
