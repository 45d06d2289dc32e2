/** A summary as a report, as JSON and for Prometheus. */
import { type Block, counted, MAP_TYPE_WORDS, type Section, type Sheet, toned } from '../report/index.ts';
import { type Gauge, prometheusText } from './prometheus.ts';
import type { FleetSummary, GroupSummary, VerdictCounts } from './summary.ts';

/** What is shown of each table: all of them fit a screen. */
const MOST = { models: 6, kernels: 5, findings: 6, failures: 3 } as const;

/** The report: what the fleet is, then charts and tables. */
export function summarySheet(summary: FleetSummary): Sheet {
  const { machines, fingerprints, failed, verdicts, models, kernels, findings, failures } = summary;
  const sections: Section[] = [
    { title: `Ordered pairs ${pairWords(summary)}`, blocks: [verdictBars(verdicts)] },
    { title: 'By model', blocks: groupBlocks(models, 'model', MOST.models) },
    { title: 'By kernel', blocks: groupBlocks(kernels, 'kernel', MOST.kernels) },
  ];
  if (findings.length > 0)
    sections.push({
      title: 'What doctor finds on most machines',
      blocks: [
        {
          kind: 'bars',
          label: 'machines with each finding',
          bars: findings.slice(0, MOST.findings).map(({ code, weight, machines: count }) => ({
            name: code,
            value: count,
            words: `${counted(count, 'machine')} (${weight})`,
            tone: weight === 'blocks' ? 'bad' : weight === 'tells' ? 'dim' : 'warn',
          })),
        },
        ...moreBlocks(findings.length - MOST.findings),
      ],
    });
  if (failures.length > 0)
    sections.push({
      title: 'Inputs that could not be read',
      blocks: [
        {
          kind: 'table',
          head: ['what', 'inputs'],
          rows: failures.slice(0, MOST.failures).map((each) => [each.name, String(each.machines)]),
          prose: true,
        },
        ...moreBlocks(failures.length - MOST.failures),
      ],
    });
  const cannot = failed === 0 ? '' : `, ${counted(failed, 'input')} could not be read`;
  return {
    title: 'peerpath fleet summary',
    answer: `${counted(machines, 'machine')} of ${counted(models.length, 'model')} under ${counted(kernels.length, 'kernel')}${cannot}.`,
    context: [`${counted(fingerprints, 'fingerprint')}: machines of one fingerprint have the same answers.`],
    sections,
  };
}

function pairWords({ pairs }: FleetSummary): string {
  return pairs === 'gpu-nic' ? 'of GPUs with network adapters' : 'of all devices in focus';
}

const ANSWERS = [
  ['direct', 'PCI_P2PDMA_MAP_BUS_ADDR'],
  ['through', 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE'],
  ['refused', 'PCI_P2PDMA_MAP_NOT_SUPPORTED'],
  ['unknown', 'unknown'],
] as const;

function verdictBars(counts: VerdictCounts): Block {
  const bars = ANSWERS.map(([name, mapType]) => {
    const { short, tone } = MAP_TYPE_WORDS[mapType];
    return { name: short, value: counts[name], words: String(counts[name]), tone };
  });
  return { kind: 'bars', label: 'ordered pairs by answer', bars };
}

function groupBlocks(groups: readonly GroupSummary[], what: string, most: number): Block[] {
  const shown = groups.slice(0, most);
  const cell = (count: number, mapType: keyof typeof MAP_TYPE_WORDS): [ReturnType<typeof toned>] => [
    toned(count === 0 ? 'dim' : MAP_TYPE_WORDS[mapType].tone, String(count)),
  ];
  return [
    {
      kind: 'table',
      head: [what, 'machines', 'fingerprints', ...ANSWERS.map(([name]) => name)],
      rows: shown.map((group) => [
        group.name,
        String(group.machines),
        String(group.fingerprints),
        ...ANSWERS.map(([name, mapType]) => cell(group[name], mapType)),
      ]),
      prose: true,
    },
    ...moreBlocks(groups.length - shown.length),
  ];
}

function moreBlocks(left: number): Block[] {
  return left > 0 ? [{ kind: 'text', lines: [`and ${left} more; --json lists them all`] }] : [];
}

/** `fleet summary --json`. */
export function summaryJson(summary: FleetSummary): object {
  return { schema: 'peerpath.fleet-summary/1', ...summary };
}

/** Gauges. */
export function summaryPrometheus({ machines, failed, models, kernels, findings }: FleetSummary): string {
  const byVerdict = (group: GroupSummary): Gauge['values'] =>
    ANSWERS.map(([name, mapType]) => ({ labels: { model: group.name, map_type: mapType }, value: group[name] }));
  return prometheusText([
    { name: 'peerpath_fleet_machines', help: 'Machines in the tables.', values: [{ labels: {}, value: machines }] },
    { name: 'peerpath_fleet_failed', help: 'Inputs that could not be read.', values: [{ labels: {}, value: failed }] },
    {
      name: 'peerpath_fleet_model_machines',
      help: 'Machines of a model.',
      values: models.map(({ name, machines: value }) => ({ labels: { model: name }, value })),
    },
    {
      name: 'peerpath_fleet_kernel_machines',
      help: 'Machines under a kernel.',
      values: kernels.map(({ name, machines: value }) => ({ labels: { kernel: name }, value })),
    },
    { name: 'peerpath_fleet_pairs', help: 'Ordered pairs by answer.', values: models.flatMap(byVerdict) },
    {
      name: 'peerpath_fleet_findings',
      help: 'Machines with a finding of doctor.',
      values: findings.map(({ code, weight, machines: value }) => ({ labels: { code, weight }, value })),
    },
  ]);
}
