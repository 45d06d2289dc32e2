import { beforeAll, describe, expect, test } from 'vitest';
import type { MachineCapture } from '../src/capture/index.ts';
import { loadCapture } from './load-capture.ts';
import { type Answer, type Recording, readRecording } from './recording.ts';
import { RECORDINGS } from './recordings-folder.ts';
import { replay } from './replay.ts';

const SCENARIOS = [
  'odd-intel',
  'arm-multi-smmu',
  'switch-none',
  'allowlist',
  'exhaust-intel@7.2.9',
  'acsswitch-intel@7.0.13',
];
/** Fields that the format leaves out of the comparison. */
const FREE = new Set(['n', 'request']);

interface Loaded {
  readonly recording: Recording;
  readonly capture: MachineCapture;
}

let loaded: Map<string, Loaded>;
beforeAll(async () => {
  loaded = new Map();
  for (const name of SCENARIOS) {
    const folder = `${RECORDINGS}/${name}`;
    loaded.set(name, { recording: readRecording(folder), capture: await loadCapture(folder, 'archive') });
  }
});

function scenario(name: string): Loaded {
  const found = loaded.get(name);
  if (found === undefined) throw new Error(`not loaded: ${name}`);
  return found;
}

/** Another value of the same kind. What follows a text's colon may be a line number, which is not compared. */
function tampered(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return `1${value}`;
  if (Array.isArray(value)) return value.length === 0 ? ['1'] : [tampered(value[0]), ...value.slice(1)];
  const [first] = Object.keys(value as object);
  return { ...(value as object), [first ?? 'added']: 'tampered' };
}

/** Changes one field in each answer but the first, a different one from answer to answer. */
function tamperAll({ answers, ...rest }: Recording): Recording {
  const changed = answers.map((answer, index): Answer => {
    const fields = Object.keys(answer).filter((field) => !FREE.has(field));
    const field = fields[index % fields.length];
    return index === 0 || field === undefined ? answer : { ...answer, [field]: tampered(answer[field]) };
  });
  return { ...rest, answers: changed };
}

describe('a tampered answer is caught', () => {
  test.each(SCENARIOS.filter((name) => !name.includes('@')))('in %s, whatever field it is', (name) => {
    const { recording, capture } = scenario(name);
    const caught = new Set(replay(tamperAll(recording), capture).failures.map(({ n }) => n));
    const missed = recording.answers.slice(1).filter(({ n }) => !caught.has(Number(n)));
    expect(missed.map(({ request }) => request)).toEqual([]);
  });

  test('where the flush timer decides between success and ERANGE: any other errno', () => {
    const { recording, capture } = scenario('acsswitch-intel@7.0.13');
    const n = recording.answers.findIndex(({ request }) => String(request).endsWith('size=1000 +0:3000'));
    const caught = [-34, -22, -12].map((errno) => {
      const answers = recording.answers.map((answer, index) => (index === n ? { ...answer, errno } : answer));
      return replay({ ...recording, answers }, capture).failures.map((failure) => failure.n);
    });
    expect(caught).toEqual([[], [n], [n]]);
  });

  test('a field that is missing or added is caught', () => {
    const { recording, capture } = scenario('switch-none');
    const answers = recording.answers.map((answer, index): Answer => {
      if (index === 5) return { ...answer, added: 1 };
      if (index !== 6) return answer;
      const { op: _op, ...others } = answer;
      return others;
    });
    const { failures } = replay({ ...recording, answers }, capture);
    expect(failures.map(({ n }) => n)).toEqual([5, 6]);
  });

  test('where addresses are compared by shape: one that is unaligned, reserved, too high or taken', () => {
    const { recording, capture } = scenario('exhaust-intel@7.2.9');
    const good = recording.answers.findIndex(({ how, keep }) => how === 'iova' && Number(keep) >= 0);
    const addresses = ['ffffe001', 'fee00000', '1000000000000', '0'];
    const caught = addresses.map((address) => {
      const answers = recording.answers.map((answer, index): Answer => {
        if (index !== good) return answer;
        const [first, ...others] = answer['sg'] as [string, string][];
        return { ...answer, sg: [[address, first?.[1]], ...others] };
      });
      return replay({ ...recording, answers }, capture).failures.some(({ n }) => n === good);
    });
    expect(caught).toEqual([true, true, true, true]);
  });
});

describe('a recording', () => {
  test('that lost a line fails, even where the other answers agree', () => {
    const { recording, capture } = scenario('switch-none');
    const { failures } = replay({ ...recording, answers: recording.answers.slice(0, -1) }, capture);
    expect(failures.map(({ n }) => n)).toEqual([-1]);
  });

  test('with a request that is not modelled fails there', () => {
    const { recording, capture } = scenario('switch-none');
    const extra = { n: recording.answers.length, request: 'frobnicate 0000:00:00.0', op: 'frobnicate' };
    const answers = [...recording.answers, extra];
    const { failures } = replay({ ...recording, answers, answerCount: answers.length }, capture);
    expect(failures.map(({ n }) => n)).toEqual([extra.n]);
  });

  test('can be asked for some kinds of answers only', () => {
    const { recording, capture } = scenario('switch-none');
    const { passed, failures } = replay(recording, capture, { kinds: new Set(['dist']) });
    expect([passed, failures.length]).toEqual([recording.answers.filter(({ op }) => op === 'dist').length, 0]);
  });
});
