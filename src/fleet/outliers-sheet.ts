/** Outliers as a report, as JSON and for Prometheus. */
import { gather } from '../base/index.ts';
import { counted, type Line, type Sheet, toned } from '../report/index.ts';
import { type Difference, LEAST_HOSTS, type Outlier, type Outliers } from './outliers.ts';
import { prometheusText } from './prometheus.ts';

/** Hosts that text tells one by one, and functions of one that are named. */
const MOST_HOSTS = 40;
const MOST_NAMED = 3;

/** The hosts that differ, by model; for each what, and what the others have. */
export function outliersSheet({ machines, models, lonely, outliers }: Outliers): Sheet {
  const byModel = new Map<string, Outlier[]>();
  for (const outlier of outliers) gather(byModel, outlier.model, outlier);
  const few = lonely.reduce((sum, { hosts }) => sum + hosts, 0);
  const alone =
    lonely.length === 0
      ? []
      : [
          `${counted(few, 'machine')} of ${counted(lonely.length, 'model')} with fewer than ${LEAST_HOSTS} hosts are compared with nothing.`,
        ];
  return {
    title: 'peerpath fleet outliers',
    answer:
      outliers.length === 0
        ? `None of ${counted(machines, 'machine')} is unlike the others of its model.`
        : `${outliers.length} of ${counted(machines, 'machine')} ${outliers.length === 1 ? 'is' : 'are'} unlike the others of ${outliers.length === 1 ? 'its' : 'their'} model.`,
    context: [
      `Compared within ${counted(models, 'model')}, thing by thing, with what two thirds of the hosts have.`,
      ...alone,
    ],
    sections: [
      ...(byModel.size > 1
        ? [
            {
              title: 'By what differs',
              blocks: [{ kind: 'bars', label: 'hosts by what differs', bars: traitBars(outliers) } as const],
            },
          ]
        : []),
      ...[...byModel].map(([model, hosts]) => ({
        title: `${model} (${counted(hosts[0]?.hosts ?? 0, 'host')})`,
        blocks: [
          {
            kind: 'list',
            items: hosts.flatMap(({ machine, differences }) => differenceLines(machine, differences)),
            most: MOST_HOSTS,
            rest: 'more; --json lists them all',
          } as const,
        ],
      })),
    ],
  };
}

function traitBars(outliers: readonly Outlier[]): { name: string; value: number; words: string; tone: 'warn' }[] {
  const counts = new Map<string, number>();
  for (const { differences } of outliers)
    for (const trait of new Set(differences.map((each) => each.trait))) counts.set(trait, (counts.get(trait) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => ({ name, value, words: counted(value, 'host'), tone: 'warn' }));
}

/** One line for each kind of difference: functions that differ alike are told together. */
function differenceLines(machine: string, differences: readonly Difference[]): Line[] {
  const alike = new Map<string, Difference[]>();
  for (const each of differences)
    gather(alike, `${each.trait}\n${each.trait === 'IOMMU group' ? '' : each.value}`, each);
  return [...alike.values()].map((same): Line => {
    const [first] = same;
    if (first === undefined) return '';
    const { trait, bdf, value, usual, usualHosts } = first;
    const named = same.flatMap((each) => each.bdf ?? []).slice(0, MOST_NAMED);
    const more = same.length - named.length;
    const where = bdf === undefined ? '' : ` of ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    return [toned('warn', machine), `: ${trait}${where}: ${value}; ${counted(usualHosts, 'host')}: ${usual}`];
  });
}

/** `fleet outliers --json`. */
export function outliersJson({ machines, models, lonely, outliers }: Outliers): object {
  return {
    schema: 'peerpath.fleet-outliers/1',
    machines,
    models,
    lonely,
    outliers: outliers.map((outlier) => ({
      ...outlier,
      differences: outlier.differences.map((each) => ({ ...each, bdf: each.bdf ?? null })),
    })),
  };
}

/** A gauge for each host and thing. */
export function outliersPrometheus({ machines, outliers }: Outliers): string {
  return prometheusText([
    {
      name: 'peerpath_fleet_compared',
      help: 'Machines that were compared.',
      values: [{ labels: {}, value: machines }],
    },
    {
      name: 'peerpath_fleet_outliers',
      help: 'Machines unlike the others of their model.',
      values: [{ labels: {}, value: outliers.length }],
    },
    {
      name: 'peerpath_fleet_outlier',
      help: 'What a machine has otherwise than most of its model: number of functions, 1 for the machine itself.',
      values: outliers.flatMap(({ machine, source, differences }) => {
        const counts = new Map<string, number>();
        for (const { trait } of differences) counts.set(trait, (counts.get(trait) ?? 0) + 1);
        return [...counts].map(([trait, value]) => ({ labels: { machine, source, trait }, value }));
      }),
    },
  ]);
}
