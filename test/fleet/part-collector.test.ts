import { describe, expect, it } from 'vitest';
import type { FleetAnswers } from '../../src/fleet/index.ts';
import type { Outcome } from '../../src/fleet-node/capture-reader.ts';
import { PartCollector } from '../../src/fleet-node/part-collector.ts';
import type { PartRows } from '../../src/fleet-node/part-writer.ts';

const EMPTY = { devices: [], pairs: [], findings: [], links: [], groups: [], facts: [] };

function machine(number: number, fingerprint: string, answered = false): Outcome {
  const hash = number.toString(16).padStart(64, '0');
  const row = { machine: `m${number}`, source: `m${number}.gz`, hash, bytes: 1, serials: null, fingerprint };
  const answers: FleetAnswers = {
    fingerprint,
    summary: { model: `of ${fingerprint}` },
    rows: { ...EMPTY, facts: [{ fingerprint }] },
  };
  return answered ? { kind: 'machine', row, answers } : { kind: 'machine', row };
}

function collecting(partSize: number) {
  const parts: PartRows[] = [];
  const collector = new PartCollector({ write: async (rows) => void parts.push(rows), partSize });
  const names = (): unknown[] => parts.map(({ machines }) => machines?.map((row) => row['machine']));
  return { parts, collector, names };
}

const JOB = { source: 'x' };

describe('parts', () => {
  it('are written as they fill, and hold every machine once', async () => {
    const { collector, names } = collecting(2);
    for (const number of [1, 2, 2, 3, 1, 4, 5]) await collector.add(JOB, [machine(number, 'f', number === 1)]);
    await collector.finish(async () => []);
    expect(names()).toEqual([['m1', 'm2'], ['m3', 'm4'], ['m5']]);
    expect(collector.counts).toEqual({ machines: 5, failed: 0, known: 2, answered: 1 });
  });

  it('hold no machine before its answers', async () => {
    const { collector, parts, names } = collecting(2);
    await collector.add(JOB, [machine(1, 'late')]);
    await collector.add(JOB, [machine(2, 'f', true)]);
    await collector.add(JOB, [machine(3, 'f')]);
    expect(names()).toEqual([['m2', 'm3']]);
    await collector.add(JOB, [machine(4, 'late', true)]);
    await collector.finish(async () => []);
    expect(names()).toEqual([
      ['m2', 'm3'],
      ['m4', 'm1'],
    ]);
    expect(parts[1]?.machines?.map((row) => row['model'])).toEqual(['of late', 'of late']);
  });

  it('have a fingerprint answered again whose thread ended, and a failure where that cannot be', async () => {
    const { collector, parts, names } = collecting(9);
    await collector.add({ source: 'm1.gz' }, [machine(1, 'lost')]);
    await collector.add({ source: 'm2.gz' }, [machine(2, 'gone')]);
    const asked: string[] = [];
    await collector.finish(async ({ source }) => {
      asked.push(source);
      return source === 'm1.gz' ? [machine(1, 'lost', true)] : [];
    });
    expect(asked).toEqual(['m1.gz', 'm2.gz']);
    expect(names()).toEqual([['m1']]);
    expect(parts[0]?.failed).toMatchObject([{ source: 'm2.gz', code: 'changed' }]);
    expect(collector.counts).toMatchObject({ machines: 1, failed: 1 });
  });
});
