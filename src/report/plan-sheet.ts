/** A plan as a report: already so, possible with which changes, or impossible and why; the price, then what to paste. */
import type { Plan, Want } from '../diagnose/index.ts';
import { focusOf, summarizePairs } from '../diagnose/index.ts';
import { mapTypeMatrix } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { blockedByCause, blockedLines, causeWords } from './blocked-words.ts';
import { bundleTexts } from './change-list.ts';
import { isolationJson } from './groups-sheet.ts';
import { nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { pairsSentence } from './pairs-sentence.ts';
import { stepSections } from './plan-steps.ts';
import { priceLines } from './price-text.ts';
import { missingText } from './reason-text.ts';
import { list, type Section, type Sheet, text } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted } from './words.ts';

/** The whole plan. */
export function planSheet(subject: Subject, plan: Plan): Sheet {
  const { names } = subject;
  const [first] = plan.gained;
  const answer = plan.request.wants.length === 0 ? nothingWanted(subject) : answerText(plan, names);
  return {
    title: 'peerpath fix',
    answer,
    context: contextLines(subject),
    sections: [
      ...(plan.steps === undefined ? [] : gainSections(plan, names)),
      ...(plan.steps === undefined || first === undefined ? [] : stepSections(plan.steps, plan.ports, first, names)),
      ...leftOver(plan, names),
      ...pairSections(plan, names),
    ],
  };
}

/** Where nobody says what is wanted, pairs are that a setting could make direct. What holds for all is said instead. */
function nothingWanted({ analysis }: Subject): string {
  const { devices } = focusOf(analysis.topology.functions);
  const sentence = pairsSentence(summarizePairs(mapTypeMatrix(analysis.machine, devices), devices));
  return `Nothing to fix: no pair could be direct and is not. ${sentence}`;
}

function answerText(plan: Plan, names: DeviceNames): string {
  const { gained, already, impossible, givenUp, open, ports, request } = plan;
  const word = request.goal === 'direct' ? 'direct' : 'supported';
  const wanted = request.wants.length;
  const refused = countWants(impossible);
  const all = counted(wanted, 'wanted pair');
  if (already.length === wanted) return `Already so: all ${all} ${wanted === 1 ? 'is' : 'are'} ${word}.`;
  const had = already.length === 0 ? '' : `, ${already.length} ${already.length === 1 ? 'is' : 'are'} already`;
  const causes = blockedByCause(impossible);
  const why = causes.length === 0 || causes[0] === undefined ? '' : causeWords(causes[0], names);
  if (gained.length > 0) {
    const changes = counted(ports.length, 'change');
    const which =
      gained.length + already.length === wanted
        ? `all ${all} are ${word} then`
        : `${gained.length} of ${all} become direct${had}`;
    const rest = refused === 0 ? '' : ` Impossible for ${refused}: ${why}.`;
    return `Possible with ${changes}: clear ACS redirect at ${portsText(ports, names)}; ${which}.${rest}`;
  }
  if (refused > 0) return `Impossible for ${refused} of ${all}${had}: ${why}.`;
  if (givenUp.length > 0)
    return `Impossible while ${nameList(request.keepIsolated, names)} stays isolated: ${givenUp.length} of ${all}${had}.`;
  return `Unknown for ${countWants(open)} of ${all}${had}: the input lacks what decides.`;
}

/** Ports by name while they are few. */
function portsText(ports: readonly PciFunction[], names: DeviceNames): string {
  return ports.length <= 4 ? nameList(ports, names) : `${ports.length} ports`;
}

/** Prices of so many switches are told one by one. */
const MOST_PRICES = 2;

function gainSections({ cost, gained }: Plan, names: DeviceNames): Section[] {
  const lines = priceLines(cost, names);
  const prices = lines.filter((line) => line.startsWith('Price:'));
  const more = prices.length - MOST_PRICES;
  const rest = lines.filter((line) => !line.startsWith('Price:'));
  const told = more > 1 ? [...prices.slice(0, MOST_PRICES), `Likewise ${more} more sets of devices.`, ...rest] : lines;
  return [
    { title: 'What it costs', blocks: [text(...told)] },
    {
      title: 'What becomes direct',
      blocks: [list(bundleTexts(gained, names), 3, 'more groups; --pairs lists every pair')],
    },
  ];
}

function leftOver({ impossible, open, givenUp, request }: Plan, names: DeviceNames): Section[] {
  const sections: Section[] = [];
  const causes = blockedByCause(impossible);
  if (causes.length > 0) {
    const lines = causes.flatMap((pairs) => blockedLines(pairs, names));
    sections.push({ title: 'What no setting changes', blocks: [text(...lines)] });
  }
  if (givenUp.length > 0) {
    const title = `What would take isolation from ${nameList(request.keepIsolated, names)}`;
    sections.push({ title, blocks: [list(bundleTexts(givenUp, names), 4, 'more groups; --pairs lists every pair')] });
  }
  if (open.length > 0) {
    const missing = new Set(
      open.flatMap(({ verdict }) =>
        verdict.missing.map((each) => `${missingText(each).fact}: ${missingText(each).how}`),
      ),
    );
    sections.push({ title: 'What is missing', blocks: [list([...missing], 5)] });
  }
  return sections;
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
