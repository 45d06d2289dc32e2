/** Required pairs as text, JSON, JUnit and Prometheus. */
import type { Judgement } from '../diagnose/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { longName } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { type Line, type Sheet, text, toned } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { MAP_TYPE_WORDS } from './words.ts';

/** The answer, then one line for each condition that fails or is open. */
export function checkSheet(subject: Subject, judgements: readonly Judgement[]): Sheet {
  const failed = judgements.filter(({ state }) => state === 'fails');
  const open = judgements.filter(({ state }) => state === 'unknown');
  const line = (each: Judgement): Line => [
    each.state === 'fails' ? toned('bad', 'FAIL     ') : toned('open', 'UNKNOWN  '),
    judgementText(each, subject.names),
  ];
  const lines = [...failed, ...open].map(line);
  return {
    title: 'peerpath check',
    answer: checkAnswer(judgements.length, failed.length, open.length),
    context: contextLines(subject),
    sections: lines.length === 0 ? [] : [{ title: '', blocks: [text(...lines)] }],
  };
}

function checkAnswer(all: number, failed: number, open: number): string {
  if (failed > 0) return `No: ${failed} of ${all} required pairs fail${open > 0 ? `, ${open} are unknown` : ''}.`;
  if (open > 0) return `Unknown: the input lacks what decides for ${open} of ${all} required pairs.`;
  return `Yes: all ${all} required pairs hold.`;
}

function judgementText({ requirement, pair, mapType, distance }: Judgement, names: DeviceNames): string {
  const { provider, client } = pair;
  const is = `${MAP_TYPE_WORDS[mapType].short}${distance === undefined || distance < 0 ? '' : `, distance ${distance}`}`;
  return `${longName(provider, names)} -> ${longName(client, names)} is ${is}; required: ${requirement.text}`;
}

/** `check --json`. */
export function checkJson(subject: Subject, judgements: readonly Judgement[]): object {
  return {
    ...documentHead('peerpath.check/1', subject),
    holds: judgements.every(({ state }) => state === 'holds'),
    conditions: judgements.map(({ requirement, pair, state, mapType, distance }) => ({
      requirement: requirement.text,
      provider: formatBdf(pair.provider.bdf),
      client: formatBdf(pair.client.bdf),
      state,
      mapType,
      distance: distance ?? null,
    })),
  };
}

/** One test case for each pair; an open one is an error. */
export function checkJunit(judgements: readonly Judgement[], names: DeviceNames): string {
  const count = (wanted: Judgement['state']): number => judgements.filter(({ state }) => state === wanted).length;
  const cases = judgements.map((each) => {
    const { provider, client } = each.pair;
    const head = `  <testcase classname="${escapeXml(each.requirement.text)}" name="${escapeXml(`${longName(provider, names)} -> ${longName(client, names)}`)}"`;
    if (each.state === 'holds') return `${head}/>`;
    const element = each.state === 'fails' ? 'failure' : 'error';
    return `${head}>\n    <${element} message="${escapeXml(judgementText(each, names))}"/>\n  </testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="peerpath check" tests="${judgements.length}" failures="${count('fails')}" errors="${count('unknown')}">`,
    ...cases,
    '</testsuite>',
  ].join('\n');
}

/** Gauges for a textfile collector: 1 where a condition holds, 0 where it fails or is open. */
export function checkPrometheus(judgements: readonly Judgement[]): string {
  const line = (name: string, value: (each: Judgement) => boolean): string[] =>
    judgements.map((each) => `${name}{${labels(each)}} ${value(each) ? 1 : 0}`);
  return [
    '# HELP peerpath_requirement_holds Whether a required pair of devices has the required map type and distance.',
    '# TYPE peerpath_requirement_holds gauge',
    ...line('peerpath_requirement_holds', ({ state }) => state === 'holds'),
    '# HELP peerpath_requirement_unknown Whether the input lacks what decides about a required pair.',
    '# TYPE peerpath_requirement_unknown gauge',
    ...line('peerpath_requirement_unknown', ({ state }) => state === 'unknown'),
  ].join('\n');
}

function labels({ requirement, pair }: Judgement): string {
  const quote = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ');
  return `requirement="${quote(requirement.text)}",provider="${formatBdf(pair.provider.bdf)}",client="${formatBdf(pair.client.bdf)}"`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
