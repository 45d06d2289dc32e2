/** Everything that is worked out once for all hosts of a fingerprint: the rows of its tables. */
import { type Analysis, analyze, answerAllPairs } from '../analyze.ts';
import { gather, unshown } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { examine, focusOf, isResting, layerOf, pciClass, slowLink, weightOf } from '../diagnose/index.ts';
import { acsRedirectBits, calcMapTypeAndDist, cellMapType } from '../p2pdma/index.ts';
import { deviceKind, type PciFunction, type PciNames } from '../pci/index.ts';
import { ailmentDevices, ailmentText, type DeviceNames, deviceNames, functionJson } from '../report/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { readAnswerFacts } from './answer-facts.ts';
import { summaryRow } from './summary-row.ts';
import type { Row } from './table.ts';
import type { FleetAnswers } from './tables.ts';

/** Most devices whose pairs become rows: 65,280 pairs. */
const MOST_PAIRED = 256;

/**
 * Works out a fleet's answers. @param facts of `answerFacts`; all that the answers rest on, but for names of devices
 * @param fingerprint their SHA-256
 * @param listed pci.ids, where it is at hand
 */
export function fleetAnswers(facts: string, fingerprint: string, listed: PciNames | undefined): FleetAnswers {
  const analysis = analyze(readAnswerFacts(facts));
  const names = deviceNames(analysis.topology, listed);
  const findings = findingRows(analysis, names, fingerprint);
  const { devices } = focusOf(analysis.topology.functions);
  const { cells } = answerAllPairs(analysis, devices);
  const counts = new Map<string, number>();
  for (let at = 0; at < cells.length; at++) {
    if (at % (devices.length + 1) === 0) continue;
    const mapType = cellMapType(cells[at] ?? 0);
    counts.set(mapType, (counts.get(mapType) ?? 0) + 1);
  }
  return {
    fingerprint,
    summary: summaryRow(analysis, names, { devices, counts, findings: findings.length }),
    rows: {
      devices: analysis.topology.functions.map((fn) => deviceRow(analysis, names, fingerprint, fn)),
      pairs: devices.length > MOST_PAIRED ? [] : pairRows(analysis, names, fingerprint, devices),
      findings,
      links: analysis.topology.functions.flatMap((fn) => linkRow(fingerprint, fn)),
      groups: groupRows(analysis, fingerprint),
      facts: [{ fingerprint, facts }],
    },
  };
}

function deviceRow({ situation, machine }: Analysis, names: DeviceNames, fingerprint: string, fn: PciFunction): Row {
  const json = functionJson(fn, names, situation);
  const bits = fn.acs.state === 'absent' ? undefined : acsRedirectBits(machine, fn);
  return {
    fingerprint,
    bdf: json.bdf,
    label: json.label,
    kind: json.kind,
    name: json.name,
    vendor: json.vendor,
    device: json.device,
    class: json.class,
    driver: json.driver,
    numa_node: json.numaNode,
    iommu_group: json.iommuGroup,
    parent: json.parent,
    bars: json.bars.map(({ index, size }) => `${index}:${size ?? '?'}`).join(' '),
    acs_state: json.acs.state,
    acs_control: json.acs.ctrl,
    redirects: bits?.state === 'known' ? bits.value !== 0 : null,
  };
}

function pairRows(
  { machine }: Analysis,
  names: DeviceNames,
  fingerprint: string,
  devices: readonly PciFunction[],
): Row[] {
  const rows: Row[] = [];
  for (const provider of devices) {
    for (const client of devices) {
      if (provider === client) continue;
      const { mapType, distance, reasons } = calcMapTypeAndDist(machine, provider, client);
      rows.push({
        fingerprint,
        provider: formatBdf(provider.bdf),
        client: formatBdf(client.bdf),
        provider_label: names.labelOf(provider) ?? null,
        client_label: names.labelOf(client) ?? null,
        provider_kind: deviceKind(provider),
        client_kind: deviceKind(client),
        verdict: mapType,
        distance: distance ?? null,
        class: pciClass(provider, client) ?? null,
        reasons: reasons.map(({ code }) => code).join(' '),
      });
    }
  }
  return rows;
}

function findingRows({ situation }: Analysis, names: DeviceNames, fingerprint: string): Row[] {
  return examine(situation).map((ailment, at) => ({
    fingerprint,
    rank: at + 1,
    code: ailment.code,
    layer: layerOf(ailment),
    weight: weightOf(ailment),
    title: ailmentText(ailment, names).title,
    devices: ailmentDevices(ailment)
      .map(({ bdf }) => formatBdf(bdf))
      .join(' '),
  }));
}

function linkRow(fingerprint: string, fn: PciFunction): Row[] {
  const link = factValue(fn.link);
  if (link === undefined) return [];
  const slow = slowLink(fn);
  return [
    {
      fingerprint,
      bdf: formatBdf(fn.bdf),
      kind: deviceKind(fn),
      speed: factValue(link.speed) ?? null,
      width: factValue(link.width) ?? null,
      max_speed: factValue(link.maxSpeed) ?? null,
      max_width: factValue(link.maxWidth) ?? null,
      could_speed: slow?.could.speed ?? factValue(link.speed) ?? null,
      could_width: slow?.could.width ?? factValue(link.width) ?? null,
      slow: slow !== undefined,
      resting: slow !== undefined && isResting(fn, slow),
    },
  ];
}

/** The groups in force, as the input lists them. */
function groupRows({ topology }: Analysis, fingerprint: string): Row[] {
  const types = new Map(factValue(topology.capture.iommuGroups)?.map(({ id, type }) => [id, factValue(type)]));
  const members = new Map<number, string[]>();
  for (const fn of topology.functions) {
    const number = factValue(fn.captured.iommuGroup);
    if (number !== undefined) gather(members, number, formatBdf(fn.bdf));
  }
  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([number, devices]) => ({
      fingerprint,
      number,
      type: unshown(types.get(number)) ?? null,
      members: devices.length,
      devices: devices.join(' '),
    }));
}
