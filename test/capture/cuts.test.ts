/**
 * Whole lspci texts with lines, stretches, functions and columns removed at random never get an answer that the whole
 * text contradicts: unknown is allowed, false is not. `CUTS=100000` makes as many.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analyze.ts';
import { Prng } from '../../src/base/index.ts';
import { readLspci } from '../../src/capture/index.ts';
import { calcMapTypeAndDist } from '../../src/p2pdma/index.ts';
import { deviceKind, isEndpointKind, type PciFunction } from '../../src/pci/index.ts';
import { withoutHex } from './lspci-fixture.ts';

const CUTS = Number(process.env['CUTS'] ?? 400);
const RECORDINGS = ['acsswitch-intel', 'acsswitch-epyc-amd', 'twoswitch-intel', 'multifn-intel', 'switch-epyc-none'];

type Lines = readonly string[];
type Change = (lines: Lines, random: Prng) => Lines;

/** What may happen to a text, each with a chance of its own. */
const CHANGES: Readonly<Record<string, Change>> = {
  'lines at random': (lines, random) => {
    const rate = 2 ** -(1 + random.below(7));
    return lines.filter(() => random.below(1 << 16) >= rate * (1 << 16));
  },
  'a stretch of lines': (lines, random) => {
    const start = random.below(lines.length);
    const end = start + random.below(Math.min(120, lines.length - start));
    return [...lines.slice(0, start), ...lines.slice(end)];
  },
  'all but a stretch': (lines, random) => {
    const start = random.below(lines.length);
    return lines.slice(start, start + 40 + random.below(lines.length));
  },
  functions: (lines, random) => {
    const rate = 1 + random.below(8);
    return lines
      .join('\n')
      .split('\n\n')
      .filter(() => random.below(10) >= rate)
      .join('\n\n')
      .split('\n');
  },
  'a kind of line': (lines, random) => {
    const words = ['Capabilities', 'Control', 'Status', 'Bus:', 'ACSC', 'Express', 'Dev', 'Lnk', 'Kernel', 'Region'];
    const word = words[random.below(words.length)] ?? '';
    return lines.filter((line) => !line.includes(word) || /^[0-9a-f]/.test(line));
  },
  'all but titles and a few kinds': (lines, random) => {
    const words = ['Capabilities', 'Control', 'Status', 'Bus:', 'ACSC', 'Express', 'Flags', 'Kernel'];
    const kept = words.filter(() => random.below(2) === 0);
    return lines.filter((line) => /^[0-9a-f]/.test(line) || kept.some((word) => line.includes(word)));
  },
  'columns at the right': (lines, random) => {
    const width = 40 + random.below(80);
    return lines.map((line) => line.slice(0, width));
  },
  indentation: (lines) => lines.map((line) => line.trimStart()),
  'empty lines': (lines) => lines.filter((line) => line !== ''),
  quotes: (lines, random) => lines.map((line) => `${'> '.repeat(1 + random.below(2))}${line}`),
  'lines set apart': (lines) => lines.flatMap((line) => [line, '']),
  ids: (lines) => lines.map((line) => line.replace(/ \[[0-9a-f]{4}:[0-9a-f]{4}\]/g, '')),
};

interface Answers {
  readonly verdicts: ReadonlyMap<string, string>;
  readonly acs: ReadonlyMap<number, string>;
  readonly parents: ReadonlyMap<number, number | undefined>;
}

/** All that is known of a text: verdicts of pairs, ACS control, places. */
function answersOf(text: string): Answers {
  const { machine, topology } = analyze(readLspci(new TextEncoder().encode(text), 'test'));
  const endpoints = topology.functions.filter((fn) => isEndpointKind(deviceKind(fn))).slice(0, 8);
  const verdicts = new Map<string, string>();
  for (const provider of endpoints) {
    for (const client of endpoints) {
      if (provider === client) continue;
      const { mapType } = calcMapTypeAndDist(machine, provider, client);
      if (mapType !== 'unknown') verdicts.set(`${provider.bdf} ${client.bdf}`, mapType);
    }
  }
  const acs = new Map(topology.functions.flatMap((fn) => acsOf(fn)));
  const parents = new Map(
    topology.functions.flatMap((fn) =>
      fn.placement.certain ? [[fn.bdf as number, fn.parent?.bdf as number]] : [],
    ) as [number, number | undefined][],
  );
  return { verdicts, acs, parents };
}

function acsOf(fn: PciFunction): [number, string][] {
  if (fn.acs.state === 'unreadable') return [];
  return [[fn.bdf, fn.acs.state === 'absent' ? 'absent' : `${fn.acs.value.ctrl & 0x7f}`]];
}

/** What `cut` claims, and `whole` knows to be otherwise. */
function contradictions(cut: Answers, whole: Answers): string[] {
  const found: string[] = [];
  for (const kind of ['verdicts', 'acs', 'parents'] as const) {
    for (const [key, value] of cut[kind]) {
      const truth = (whole[kind] as ReadonlyMap<unknown, unknown>).get(key);
      if ((whole[kind] as ReadonlyMap<unknown, unknown>).has(key) && truth !== value) {
        found.push(`${kind} ${key}: ${value}, in truth ${truth}`);
      }
    }
  }
  return found;
}

describe.each(RECORDINGS)('%s', (name) => {
  const file = new URL(`../../conformance/recordings/${name}/lspci.txt.gz`, import.meta.url);
  const recorded = gunzipSync(readFileSync(file)).toString('latin1');
  const whole = answersOf(recorded);

  test.each([
    ['text', withoutHex(recorded)],
    ['text and bytes', recorded],
  ])(
    '%s',
    (kind, text) => {
      const random = new Prng(name.length * 1000 + kind.length);
      const lines = text.split('\n');
      const names = Object.keys(CHANGES);
      const wrong: string[] = [];
      const count = Math.ceil(CUTS / (2 * RECORDINGS.length) / (kind === 'text' ? 1 : 8));
      for (let n = 0; n < count; n++) {
        const changes = Array.from({ length: 1 + random.below(2) }, () => names[random.below(names.length)] ?? '');
        const cut = changes.reduce<Lines>((left, change) => CHANGES[change]?.(left, random) ?? left, lines);
        const found = contradictions(answersOf(cut.join('\n')), whole);
        if (found.length > 0) wrong.push(`cut ${n} (${changes.join(', ')}): ${found.slice(0, 2).join('; ')}`);
      }
      expect(wrong).toEqual([]);
    },
    3_600_000,
  );
});
