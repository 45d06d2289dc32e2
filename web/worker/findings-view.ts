/** What is odd about a machine or its input, and what stands in the way of peer-to-peer DMA, each with its places. */
import type { Analysis } from '../../src/analyze.ts';
import { printable } from '../../src/base/index.ts';
import type { Finding } from '../../src/capture/index.ts';
import { type Ailment, examine, type Situation, weightOf } from '../../src/diagnose/index.ts';
import { ACS_REDIRECT_BITS, deviceKind, isEndpointKind, type PciTopology } from '../../src/pci/index.ts';
import { ailmentDevices, ailmentPastes, ailmentSection, type DeviceNames } from '../../src/report/index.ts';
import { lintTopology } from '../../src/route/index.ts';
import { parseBdf } from '../../src/uapi/index.ts';
import type { AilmentView, ExaminationView, FindingView, TrialView } from '../protocol.ts';

/** What the input and the tree show to be odd, the damage first. */
export function findingViews({ capture, topology }: Analysis): FindingView[] {
  const all = [...capture.findings, ...topology.findings, ...lintTopology(topology)];
  const safe = (finding: Finding): FindingView => ({
    code: finding.code,
    severity: finding.severity,
    where: printable(finding.where),
    text: printable(finding.text),
    at: placeOf(topology, finding),
  });
  return all.map(safe).sort((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice'));
}

/** The function whose address a finding names; -1 for none. */
function placeOf(topology: PciTopology, { where }: Finding): number {
  const address = /(?:^|[^0-9a-f])([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])/.exec(where)?.[1];
  const bdf = address === undefined ? undefined : parseBdf(address);
  return bdf === undefined ? -1 : (topology.byBdf.get(bdf)?.index ?? -1);
}

/** The doctor weighs every pair: beyond this many endpoints that takes minutes. */
const MOST_ENDPOINTS = 1024;
const MOST_FUNCTIONS = 8192;

/** What `peerpath doctor` finds in a situation, what weighs most first. */
export function examinationView({ topology }: Analysis, situation: Situation, names: DeviceNames): ExaminationView {
  const endpoints = topology.functions.filter((fn) => isEndpointKind(deviceKind(fn))).length;
  if (endpoints > MOST_ENDPOINTS || topology.functions.length > MOST_FUNCTIONS) {
    const size = `${topology.functions.length} functions, ${endpoints} of them endpoints`;
    return {
      ailments: [],
      leftOut: `What stands in the way of peer-to-peer DMA is not looked for in a machine of ${size}: it weighs every pair, and this page does so for up to ${MOST_ENDPOINTS} endpoints.`,
    };
  }
  const views = examine(situation).map((ailment) => ailmentView(ailment, topology, names));
  const order = ['blocks', 'exposes', 'slows', 'tells'];
  return { ailments: views.toSorted((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight)), leftOut: undefined };
}

function ailmentView(ailment: Ailment, topology: PciTopology, names: DeviceNames): AilmentView {
  return {
    code: ailment.code,
    weight: weightOf(ailment),
    section: ailmentSection(ailment, names),
    pastes: ailmentPastes(ailment),
    devices: devicesOf(ailment, topology),
    trial: trialOf(ailment),
  };
}

function devicesOf(ailment: Ailment, topology: PciTopology): readonly number[] {
  const all =
    ailment.code === 'addresses'
      ? ailment.findings.map((finding) => placeOf(topology, finding)).filter((index) => index >= 0)
      : ailmentDevices(ailment).map(({ index }) => index);
  return [...new Set(all)];
}

/** What can be tried on the model. */
function trialOf(ailment: Ailment): TrialView | undefined {
  switch (ailment.code) {
    case 'redirect':
      return { acs: ailment.plan.ports.map(({ index }) => ({ port: index, mask: ACS_REDIRECT_BITS, bits: 0 })) };
    case 'translated':
      return { iommu: 'pt', acs: [] };
    case 'beyond-mask':
      return { iommu: 'dma-fq', acs: [] };
    default:
      return undefined;
  }
}
