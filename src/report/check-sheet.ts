/** Required pairs as text, JSON, JUnit and Prometheus. */
import { gather, printable } from '../base/index.ts';
import { type Judgement, openAmong, type Requirement } from '../diagnose/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { bundleTexts } from './change-list.ts';
import { openSections } from './evidence-sheet.ts';
import { longName } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { type Emphasis, type Line, list, type Section, type Sheet, text, toned } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted, MAP_TYPE_WORDS } from './words.ts';

/** Requirements with pairs that are told of; more fold. */
const MOST_REQUIREMENTS = 8;

/** The answer, then for each requirement that is not met who fails it and why, alike pairs together. */
export function checkSheet(subject: Subject, judgements: readonly Judgement[]): Sheet {
  const unmet = judgements.filter(({ state }) => state !== 'holds');
  const count = (wanted: Judgement['state']): number => unmet.filter(({ state }) => state === wanted).length;
  const byRequirement = new Map<Requirement, Judgement[]>();
  for (const each of judgements) gather(byRequirement, each.requirement, each);
  const told = [...byRequirement].filter(([, of]) => of.some(({ state }) => state !== 'holds'));
  const sections = told.slice(0, MOST_REQUIREMENTS).map(([{ text: required }, of]): Section => {
    const title = `${printable(required)} (${counted(of.length, 'pair')})`;
    return { title, blocks: [list(groupLines(of, subject.names), 6, 'more groups; --pairs lists every pair')] };
  });
  const more = told.length - sections.length;
  const open = unmet.filter(({ state }) => state === 'unknown').map(({ pair }) => pair);
  return {
    title: 'peerpath check',
    answer: checkAnswer(judgements.length, count('fails'), count('unknown')),
    context: contextLines(subject),
    sections: [
      ...sections,
      ...(more > 0
        ? [{ title: '', blocks: [text(`${counted(more, 'more requirement')} not met; --pairs lists all.`)] }]
        : []),
      ...openSections(openAmong(subject.analysis.machine, open, open)),
      ...(unmet.length === 0 ? [] : [pairsSection(unmet, subject.names)]),
    ],
  };
}

/** Every pair that is not known to hold. */
function pairsSection(unmet: readonly Judgement[], names: DeviceNames): Section {
  const lines = unmet.map((each): Line => [mark(each.state), `  ${judgementText(each, names)}`]);
  return { title: `Every pair: ${lines.length} not met or unknown`, blocks: [text(...lines)], behind: '--pairs' };
}

function mark(state: Judgement['state']): Emphasis {
  return state === 'fails' ? toned('bad', 'FAIL   ') : toned('open', 'UNKNOWN');
}

/** A line for all pairs that fail for one reason. */
function groupLines(judgements: readonly Judgement[], names: DeviceNames): Line[] {
  const alike = new Map<string, Judgement[]>();
  for (const each of judgements) {
    if (each.state !== 'holds') gather(alike, `${each.state} ${standsText(each)}`, each);
  }
  const sorted = [...alike.values()].sort((a, b) => b.length - a.length);
  return sorted.map((of): Line => {
    const [first] = of;
    if (first === undefined) return '';
    const places = bundleTexts(
      of.map(({ pair }) => pair),
      names,
    );
    const rest = places.length - MOST_PLACES;
    const where = rest > 1 ? `${places.slice(0, MOST_PLACES).join('; ')}; and ${rest} more groups` : places.join('; ');
    const size = of.length === 1 ? '' : ` (${of.length} pairs)`;
    return [mark(first.state), `  ${where}${size}: ${standsText(first)}`];
  });
}

/** Groups of devices in one line. */
const MOST_PLACES = 3;

/** How a pair stands, and why, in a few words. */
function standsText({ requirement, state, verdict }: Judgement): string {
  const { mapType, reasons, commonUpstream, candidates, hops } = verdict;
  const { short } = MAP_TYPE_WORDS[mapType];
  if (state === 'unknown' || mapType === 'unknown')
    return `may be ${candidates.map((type) => MAP_TYPE_WORDS[type].short).join(', or ')}`;
  if (requirement.types.includes(mapType)) return `${short}, but ${hops ?? 'unknown'} hops apart`;
  const codes = new Set(reasons.map(({ code }) => code));
  if (codes.has('config-p2pdma-off')) return `${short}: the kernel is built without CONFIG_PCI_P2PDMA`;
  if (codes.has('kernel-too-old')) return `${short}: the kernel has no P2PDMA`;
  if (mapType === 'PCI_P2PDMA_MAP_BUS_ADDR') return `${short}, below one bridge`;
  const redirects = commonUpstream !== undefined && codes.has('acs-redirect');
  if (redirects) return `${short}: ACS redirect below their shared bridge (peerpath fix)`;
  return mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED'
    ? `${short}: no shared bridge, and Linux refuses the host bridges`
    : `${short}: no shared bridge`;
}

function checkAnswer(all: number, failed: number, open: number): string {
  const are = (count: number): string => (count === 1 ? 'is' : 'are');
  if (failed > 0) {
    const rest = open > 0 ? `, ${open} ${are(open)} unknown` : '';
    return `No: ${failed} of ${counted(all, 'required pair')} ${failed === 1 ? 'fails' : 'fail'}${rest}.`;
  }
  if (open > 0) return `Unknown: the input lacks what decides for ${open} of ${counted(all, 'required pair')}.`;
  return all === 1 ? 'Yes: the required pair holds.' : `Yes: all ${all} required pairs hold.`;
}

/** How a pair is, and what is required, in words. */
export function judgementText({ requirement, pair, verdict }: Judgement, names: DeviceNames): string {
  const { provider, client } = pair;
  const { mapType, distance } = verdict;
  const is = `${MAP_TYPE_WORDS[mapType].short}${distance === undefined || distance < 0 ? '' : `, distance ${distance}`}`;
  return `${longName(provider, names)} -> ${longName(client, names)} is ${is}; required: ${printable(requirement.text)}`;
}

/** `check --json`. */
export function checkJson(subject: Subject, judgements: readonly Judgement[]): object {
  return {
    ...documentHead('peerpath.check/1', subject),
    holds: judgements.every(({ state }) => state === 'holds'),
    conditions: judgements.map(({ requirement, pair, state, verdict: { mapType, distance } }) => ({
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

/**
 * Lines `name=value` for `/etc/kubernetes/node-feature-discovery/features.d/peerpath`: one for all requirements, and one
 * for each by its words.
 */
export function checkNfd(judgements: readonly Judgement[]): string {
  const byName = new Map<string, Judgement[]>();
  for (const each of judgements) gather(byName, labelWords(each.requirement.text), each);
  return [
    `peerpath.check=${stateOf(judgements)}`,
    ...[...byName].map(([name, own]) => `peerpath.check.${name}=${stateOf(own)}`),
  ].join('\n');
}

function stateOf(judgements: readonly Judgement[]): Judgement['state'] {
  const states = new Set(judgements.map(({ state }) => state));
  return states.has('fails') ? 'fails' : states.has('unknown') ? 'unknown' : 'holds';
}

/** Most letters of a label's name, behind `peerpath.check.`: Kubernetes takes 63 in all. */
const MOST_LETTERS = 48;

/** `gpu* <-> nic*: direct` as `gpu-nic-direct`: what a label's name may hold. */
function labelWords(text: string): string {
  const words = text.replaceAll('<=', 'at-most').match(/[A-Za-z0-9]+/g) ?? [];
  return words.join('-').slice(0, MOST_LETTERS).replace(/-$/, '');
}

function labels({ requirement, pair }: Judgement): string {
  const quote = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ');
  return `requirement="${quote(requirement.text)}",provider="${formatBdf(pair.provider.bdf)}",client="${formatBdf(pair.client.bdf)}"`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
