/** A plan as a report: already so, possible with which changes, or impossible and why; the price, then what to paste. */
import type { Plan, Want } from '../diagnose/index.ts';
import { focusOf, openAmong, summarizePairs } from '../diagnose/index.ts';
import { mapTypeMatrix } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { blockedByCause, blockedText, causeWords } from './blocked-words.ts';
import { bundleTexts } from './change-list.ts';
import { openSections } from './evidence-sheet.ts';
import { isolationJson } from './groups-sheet.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { pairsSentence } from './pairs-sentence.ts';
import { stepSections } from './plan-steps.ts';
import { wholePrice } from './price-text.ts';
import type { Reader } from './reader.ts';
import { facts, type Line, list, type Section, type Sheet } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted } from './words.ts';

/** The whole plan: at most 25 lines of 120 columns, but for commands to copy. */
export function planSheet(subject: Subject, plan: Plan): Sheet {
  const { names } = subject;
  const [first] = plan.gained;
  const answer = plan.request.wants.length === 0 ? nothingWanted(subject) : answerText(plan, names);
  return {
    title: 'peerpath fix',
    answer,
    context: contextLines(subject),
    sections: [
      ...effectSections(plan, subject),
      ...(plan.steps === undefined || first === undefined ? [] : stepSections(plan.steps, plan.ports, first, names)),
      ...openSections(openAmong(subject.analysis.machine, plan.request.wants, openWants(plan))),
      ...pairSections(plan, names),
    ],
  };
}

/** Where nobody says what is wanted, pairs are that a setting could make direct. What holds for all is said instead. */
function nothingWanted({ analysis }: Subject): string {
  const { devices } = focusOf(analysis.topology.functions);
  if (devices.length < 2) return 'No two devices in this input to do peer-to-peer DMA with.';
  const sentence = pairsSentence(summarizePairs(mapTypeMatrix(analysis.machine, devices), devices));
  return `Nothing to fix: no pair could be direct and is not. ${sentence}`;
}

function answerText(plan: Plan, names: DeviceNames): string {
  const { gained, already, impossible, givenUp, open, ports, request } = plan;
  const word = request.goal === 'direct' ? 'direct' : 'supported';
  const wanted = request.wants.length;
  const all = counted(wanted, 'wanted pair');
  if (already.length === wanted) return `Already so: all ${all} ${wanted === 1 ? 'is' : 'are'} ${word}.`;
  const had =
    already.length === 0 ? '' : `${already.length} of ${all} ${already.length === 1 ? 'is' : 'are'} ${word} already`;
  if (gained.length > 0) {
    const changes = counted(ports.length, 'change');
    const rest = wanted - gained.length - already.length;
    const which =
      rest === 0
        ? `all ${all} are ${word} then`
        : `${gained.length} of ${all} become ${word}${already.length === 0 ? '' : `, ${already.length} are already`}`;
    const why = restText(plan, names);
    return `Possible with ${changes}: clear ACS redirect at ${portsText(ports, names)}; ${which}.${why === '' ? '' : ` ${capital(why)}.`}`;
  }
  const head = had === '' ? '' : `${had}; `;
  if (impossible.length > 0) return capital(`${head}${restText(plan, names)}.`);
  if (givenUp.length > 0)
    return `Impossible while ${nameList(request.keepIsolated, names)} stays isolated: ${head === '' ? '' : head}${givenUp.length} of ${all}.`;
  return capital(
    `${head}${countWants(open)} of ${all} ${head === '' ? '' : 'more '}are unknown: the input lacks what decides.`,
  );
}

/** What becomes of pairs that no setting makes direct, the greatest part of them; empty where there are none. */
function restText({ impossible, request, already, gained }: Plan, names: DeviceNames): string {
  const [first, ...others] = blockedByCause(impossible);
  if (first === undefined) return '';
  const count = first.wants.length;
  const rest = others.reduce((sum, { wants }) => sum + wants.length, 0);
  const isAll = already.length + gained.length === 0;
  const subject = isAll ? `${count} of ${counted(request.wants.length, 'wanted pair')}` : `the other ${count}`;
  const words = `${subject} ${causeWords(first, names)}`;
  return rest === 0 ? words : `${words}; ${rest} more cannot be had for other reasons`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** Ports by name while they are few. */
function portsText(ports: readonly PciFunction[], names: DeviceNames): string {
  return ports.length <= 4 ? nameList(ports, names) : `${ports.length} ports`;
}

/** Groups of devices that are told one by one. */
const MOST_GROUPS = 3;

/** What becomes direct, what that costs, and what stays as it is. */
function effectSections(plan: Plan, { names, reader = 'command' }: Subject): Section[] {
  const { gained, givenUp, impossible, cost, request } = plan;
  const told: [string, Line][] = [];
  if (gained.length > 0) {
    told.push(['Gain', groupsText(gained, names, reader)], ['Price', wholePrice(cost, names)]);
  }
  const causes = blockedByCause(impossible);
  for (const pairs of causes) told.push(['Stays', blockedText(pairs, names, causes.length > 1)]);
  if (givenUp.length > 0) {
    const kept = nameList(request.keepIsolated, names);
    told.push(['Not', `${groupsText(givenUp, names, reader)}: it would take isolation from ${kept}.`]);
  }
  return told.length === 0 ? [] : [{ title: '', blocks: [facts(...told)] }];
}

/** Who is meant by some pairs, a few groups of them. */
function groupsText(wants: readonly Want[], names: DeviceNames, reader: Reader): string {
  const groups = bundleTexts(wants, names);
  const more = groups.length - MOST_GROUPS;
  const where = reader === 'page' ? 'listed below' : '--pairs';
  return more > 1
    ? `${groups.slice(0, MOST_GROUPS).join('; ')}; and ${more} more groups (${where})`
    : groups.join('; ');
}

/** Every wanted pair, by what becomes of it. */
function pairSections(plan: Plan, names: DeviceNames): Section[] {
  const { already, gained, givenUp, impossible, open } = plan;
  const kinds = [
    ['Already so', already],
    ['Becomes direct', gained],
    ['Would take isolation', givenUp],
    ['Impossible', impossible.flatMap(({ wants }) => wants)],
    ['Unknown', open.flatMap(({ wants }) => wants)],
  ] as const;
  const pairs = ([title, wants]: (typeof kinds)[number]): Section => ({
    title: `${title}: ${counted(wants.length, 'pair')}`,
    blocks: [
      list(
        wants.map((want) => pairText(want, names)),
        wants.length,
      ),
    ],
    behind: '--pairs',
  });
  return kinds.filter(([, wants]) => wants.length > 0).map(pairs);
}

function openWants({ open }: Plan): readonly Want[] {
  return open.flatMap(({ wants }) => wants);
}

function pairText({ provider, client }: Want, names: DeviceNames): string {
  return bundleTexts([{ provider, client }], names).join();
}

function countWants(blocked: readonly { readonly wants: readonly Want[] }[]): number {
  return blocked.reduce((sum, { wants }) => sum + wants.length, 0);
}

function lengthJson(parameter: NonNullable<Plan['steps']>['parameter']): object {
  if (parameter === undefined) return {};
  const { fit, shorter } = parameter;
  const devices = shorter?.besides.map(({ bdf }) => formatBdf(bdf));
  return {
    commandLine: { length: fit.length, limit: fit.limit, fits: fit.fits },
    ...(shorter === undefined
      ? {}
      : {
          shorter: {
            kernelParameter: shorter.text,
            length: shorter.fit.length,
            fits: shorter.fit.fits,
            besides: devices,
          },
        }),
  };
}

/** `fix --json`. */
export function planJson(subject: Subject, plan: Plan): object {
  const pair = ({ provider, client }: Want): object => ({
    provider: formatBdf(provider.bdf),
    client: formatBdf(client.bdf),
  });
  const { steps } = plan;
  return {
    ...documentHead('peerpath.fix/1', subject),
    goal: plan.request.goal,
    keepIsolated: plan.request.keepIsolated.map((fn) => formatBdf(fn.bdf)),
    ports: plan.ports.map((fn) => formatBdf(fn.bdf)),
    kernelParameter: steps?.parameter?.text ?? null,
    ...lengthJson(steps?.parameter),
    replaces: steps?.parameter?.replaces ?? null,
    verified: steps?.parameter?.verified ?? null,
    setpci: steps?.setpci ?? [],
    undo: steps?.undo ?? [],
    cost: isolationJson(plan.cost),
    already: plan.already.map(pair),
    gained: plan.gained.map(pair),
    givenUp: plan.givenUp.map(pair),
    impossible: plan.impossible.flatMap(({ verdict, wants }) =>
      wants.map((want) => ({
        ...pair(want),
        mapType: verdict.mapType,
        reasons: verdict.reasons.map(({ code: reason }) => reason),
      })),
    ),
    open: plan.open.flatMap(({ verdict, wants }) =>
      wants.map((want) => ({ ...pair(want), candidates: verdict.candidates })),
    ),
  };
}
