/** A topology matrix without addresses: what its letters leave open, for each pair of labels. */
import { printable } from '../base/index.ts';
import type { BetweenDevices, MachineCapture, TopologyClass } from '../capture/index.ts';
import { type P2pdmaMachine, p2pdmaRules } from '../p2pdma/index.ts';
import type { MapType } from '../uapi/index.ts';
import { code, type Emphasis, type MatrixColumn, type Section, type Sheet, text, toned } from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { counted, MAP_TYPE_WORDS } from './words.ts';

/** Does the input name devices by labels alone? Then no function of it can be asked about. */
export function isLabelsAlone({ functions, parts }: MachineCapture): boolean {
  return functions.length === 0 && parts.some(({ topology = [] }) => topology.length > 0);
}

/** The answers that a class of the matrix leaves open. */
function candidatesBetween(machine: P2pdmaMachine, between: BetweenDevices): readonly MapType[] {
  const throughHost = hostBridgeCandidates(machine);
  const inSwitch = between === 'one-bridge' || between === 'bridges';
  return inSwitch ? ['PCI_P2PDMA_MAP_BUS_ADDR', ...throughHost] : throughHost;
}

function hostBridgeCandidates({ kernel, cpu }: P2pdmaMachine): readonly MapType[] {
  if (!p2pdmaRules(kernel).exists) return ['PCI_P2PDMA_MAP_NOT_SUPPORTED'];
  if (cpu.zen === true) return ['PCI_P2PDMA_MAP_THRU_HOST_BRIDGE'];
  return ['PCI_P2PDMA_MAP_THRU_HOST_BRIDGE', 'PCI_P2PDMA_MAP_NOT_SUPPORTED'];
}

interface LabelPairs {
  readonly labels: readonly string[];
  readonly classes: ReadonlyMap<string, TopologyClass>;
  readonly all: readonly TopologyClass[];
}

function labelPairs({ parts }: MachineCapture): LabelPairs {
  const all = parts.flatMap(({ topology = [] }) => topology);
  const labels = [...new Set(parts.flatMap(({ labels: each = [] }) => each.map(({ label }) => label)))];
  const classes = new Map(all.flatMap((each) => [[key(each.a, each.b), each] as const]));
  return { labels, classes, all };
}

function key(a: string, b: string): string {
  return [a, b].sort().join(' ');
}

/** The report. */
export function topologySheet(subject: Subject): Sheet {
  const { capture, machine } = subject.analysis;
  const pairs = labelPairs(capture);
  const inSwitch = pairs.all.filter(({ between }) => between === 'one-bridge' || between === 'bridges').length;
  const words = (between: BetweenDevices): string =>
    candidatesBetween(machine, between)
      .map((mapType) => MAP_TYPE_WORDS[mapType].letter)
      .join('/');
  const cell = (row: string, column: string): Emphasis => {
    const found = pairs.classes.get(key(row, column));
    if (row === column) return toned('dim', '·');
    return found === undefined ? toned('dim', ' ') : toned('open', words(found.between));
  };
  return {
    title: 'peerpath matrix',
    answer: `${counted(pairs.labels.length, 'device')} by label alone: ${inSwitch} of ${counted(pairs.all.length, 'pair')} meet in a switch, the others in host bridges; no address and no register is in this input.`,
    context: contextLines(subject),
    sections: [
      {
        title: '',
        blocks: [
          {
            kind: 'matrix',
            columns: pairs.labels.map((label) => labelColumn(printable(label))),
            rows: pairs.labels.map((row) => ({
              label: printable(row),
              address: '',
              name: '',
              cells: pairs.labels.map((column) => cell(row, column)),
            })),
          },
        ],
      },
      legend(machine),
      {
        title: 'What settles it',
        blocks: [
          code(
            ['sudo lspci -D -nnvvv > lspci.txt; nvidia-smi --query-gpu=index,pci.bus_id --format=csv >> lspci.txt'],
            'this command',
          ),
          text('Give its output beside this input.'),
        ],
      },
    ],
  };
}

/** `GPU 0` of `GPU0`. */
function labelColumn(label: string): MatrixColumn {
  const [, kind = label, number = ''] = /^(.*?)(\d*)$/.exec(label) ?? [];
  return { kind, number, label };
}

function legend(machine: P2pdmaMachine): Section {
  const host =
    hostBridgeCandidates(machine).length > 1
      ? 'H through the host bridge if Linux trusts it, - refused if not'
      : 'H through the host bridge';
  return {
    title: '',
    blocks: [
      text(
        `D direct inside the switch, unless a port on the way redirects (ACS control is not in this input); ${host}.`,
      ),
    ],
  };
}

/** The same as a document. */
export function topologyJson(subject: Subject): object {
  const { capture, machine } = subject.analysis;
  const pairs = labelPairs(capture);
  return {
    ...documentHead('peerpath.matrix/1', subject),
    functions: [],
    pairs: [],
    labels: pairs.labels,
    labelPairs: pairs.all.map(({ a, b, words, between }) => ({
      a,
      b,
      class: words,
      candidates: candidatesBetween(machine, between),
    })),
  };
}
