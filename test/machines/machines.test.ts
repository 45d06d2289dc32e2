import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answerAllPairs, answerPair, analyze } from '../../src/analyze.ts';
import { readMachine } from '../../src/node/index.ts';
import { examine, focusOf, makePlan, wishPairs } from '../../src/diagnose/index.ts';
import { deviceNames, doctorSheet, explainSheet, matrixSheet, PLAIN, planSheet, selectFunction, sheetText, treeSheet } from '../../src/report/index.ts';

/** From the root of the repository: reports name their sources as they were given. */
const HERE = 'test/machines';

/** `case.json` of a machine. */
interface MachineCase {
  /** What is special, in one sentence. */
  readonly about: string;
  /** Who recorded it, which kernel, what was removed. */
  readonly origin: string;
  /** Pairs to explain: provider and client. */
  readonly explain: readonly (readonly [string, string])[];
}

const machines = readdirSync(HERE, { withFileTypes: true }).filter((entry) => entry.isDirectory());

/** The whole walk on captured machines; UPDATE_GOLDEN=1 rewrites what is expected. */
describe.each(machines.map((entry) => entry.name))('%s', (name) => {
  const folder = join(HERE, name);
  const about = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as MachineCase;
  const input = ['capture.tar.gz', 'lspci.txt', 'machine.yaml'].map((file) => join(folder, file)).find((file) => existsSync(file));

  test(about.about, async () => {
    const read = await readMachine(input, {});
    if (!read.ok) throw new Error(read.error.text);
    const analysis = analyze(read.value);
    const names = deviceNames(analysis.topology, undefined);
    const { devices: functions } = focusOf(analysis.topology.functions);
    const subject = { analysis, names, whatIf: undefined };
    const answer = { functions, matrix: answerAllPairs(analysis, functions), before: undefined, open: undefined, left: new Map() };
    const parts = [treeSheet(subject), matrixSheet(subject, answer)];
    for (const [providerText, clientText] of about.explain) {
      const provider = selectFunction(analysis.topology, names, providerText);
      const client = selectFunction(analysis.topology, names, clientText);
      if (!provider.ok || !client.ok) throw new Error(`${name}: cannot select ${providerText}, ${clientText}`);
      parts.push(explainSheet(subject, answerPair(analysis, provider.value, client.value)));
    }
    const { functions: everything } = analysis.topology;
    const nearest = wishPairs(everything, 'nearest');
    const wants = nearest.length > 0 ? nearest : wishPairs(everything, 'same-switch');
    if (input?.endsWith('.yaml') === true) {
      const plan = makePlan(analysis.situation, { wants, goal: 'direct', keepIsolated: [] });
      parts.push(planSheet(subject, plan), doctorSheet(subject, examine(analysis.situation)));
    }
    const report = `${parts.map((sheet) => sheetText(sheet, PLAIN)).join('\n\n────────\n\n')}\n`;
    const golden = join(folder, 'expect.txt');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, report);
    expect(report).toBe(readFileSync(golden, 'utf8'));
  });
});
