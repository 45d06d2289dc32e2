/** Reports as JSON documents; keys in fixed order, `schema` first (docs/json.md). */
import type { Analysis, PairAnswer } from '../analyze.ts';
import type { Finding } from '../capture/index.ts';
import { factValue } from '../capture/index.ts';
import { explainPair, type PairChange } from '../diagnose/index.ts';
import {
  cellDistance,
  cellMapType,
  type MapTypeMatrix,
  matrixCell,
  type P2pdmaMachine,
  type Verdict,
} from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { formatBdf, formatKernelVersion, rootBusName } from '../uapi/index.ts';
import { functionJson } from './devices-json.ts';
import type { ExplainedWhatIf } from './explain-text.ts';
import type { DeviceNames } from './names.ts';
import { missingText, reasonText } from './reason-text.ts';
import { settingChangeJson, settingChanges } from './setting-changes.ts';
import { type WhatIfReport, whatIfJson } from './what-if-text.ts';

/** The kernel a report speaks for. */
export function kernelJson(machine: P2pdmaMachine): object {
  return {
    release:
      (machine.kernelSource === 'read' ? factValue(machine.topology.capture.kernel.release) : undefined) ??
      formatKernelVersion(machine.kernel),
    source: machine.kernelSource,
    p2pdma: machine.configP2pdma.state === 'known' ? (machine.configP2pdma.value ? 'on' : 'off') : 'assumed-on',
  };
}

/** `devices --json`. */
export function devicesJson(
  analysis: Analysis,
  functions: readonly PciFunction[],
  names: DeviceNames,
  whatIf?: WhatIfReport,
): object {
  return {
    schema: 'peerpath.devices/1',
    functions: functions.map((fn) => functionJson(fn, names, whatIf?.after ?? analysis.situation)),
    ...(whatIf === undefined
      ? {}
      : {
          whatIf: whatIfJson(whatIf, names),
          changes: settingChanges(whatIf, functions).map((change) => settingChangeJson(whatIf, change)),
        }),
    findings: findingsJson(analysis),
  };
}

/** `matrix --json`. */
export function matrixJson(
  analysis: Analysis,
  matrix: MapTypeMatrix,
  functions: readonly PciFunction[],
  names: DeviceNames,
  whatIf?: MatrixWhatIf,
): object {
  return {
    schema: 'peerpath.matrix/1',
    kernel: kernelJson(analysis.machine),
    functions: functions.map((fn) => functionJson(fn, names, analysis.situation)),
    pairs: pairsJson(matrix, functions),
    ...(whatIf === undefined
      ? {}
      : {
          whatIf: whatIfJson(whatIf.report, names),
          present: { kernel: kernelJson(whatIf.report.before.machine), pairs: pairsJson(whatIf.before, functions) },
          changes: whatIf.changes.map(({ provider, client, from, to }) => ({
            provider: formatBdf(provider.bdf),
            client: formatBdf(client.bdf),
            from,
            to,
          })),
        }),
    findings: findingsJson(analysis),
  };
}

/** A what-if about all pairs: the answers before it, and the pairs that change. */
export interface MatrixWhatIf {
  readonly report: WhatIfReport;
  readonly before: MapTypeMatrix;
  readonly changes: readonly PairChange[];
}

function pairsJson(matrix: MapTypeMatrix, functions: readonly PciFunction[]): object[] {
  return functions.flatMap((provider) =>
    functions.map((client) => {
      const cell = matrixCell(matrix, provider, client);
      return {
        provider: formatBdf(provider.bdf),
        client: formatBdf(client.bdf),
        mapType: cellMapType(cell),
        distance: cellDistance(cell) ?? null,
      };
    }),
  );
}

/** `explain --json`. */
export function explainJson(
  analysis: Analysis,
  { verdict, fix, packets }: PairAnswer,
  names: DeviceNames,
  whatIf?: ExplainedWhatIf,
): object {
  const redirects = verdict.reasons.flatMap((r) => (r.code === 'acs-redirect' ? r.ports : []));
  const lookups = verdict.reasons.flatMap((r) => ('lookup' in r ? [r.lookup] : []));
  return {
    schema: 'peerpath.explain/1',
    kernel: kernelJson(analysis.machine),
    provider: functionJson(verdict.provider, names, analysis.situation),
    client: functionJson(verdict.client, names, analysis.situation),
    verdict: verdictJson(verdict, names),
    ...(whatIf === undefined ? {} : explainWhatIfJson(whatIf, verdict, names)),
    commonUpstream: verdict.commonUpstream === undefined ? null : formatBdf(verdict.commonUpstream.bdf),
    path: verdict.path.map((fn) => formatBdf(fn.bdf)),
    acsRedirect: redirects.map(({ port }) => formatBdf(port.bdf)),
    hostBridges: lookups.map(({ hostBridge, device, ids, entry, outcome }) => ({
      rootBus: rootBusName(hostBridge),
      device: device === undefined ? null : formatBdf(device.bdf),
      vendor: ids === undefined ? null : `0x${ids.vendor.toString(16).padStart(4, '0')}`,
      deviceId: ids === undefined ? null : `0x${ids.device.toString(16).padStart(4, '0')}`,
      outcome,
      entry: entry?.name ?? null,
    })),
    packets: packets === undefined ? null : { ways: [...packets.hardware], verdict: explainPair(packets) },
    fixes:
      fix === undefined
        ? []
        : [
            {
              ports: fix.ports.map(({ port }) => formatBdf(port.bdf)),
              kernelParameter: fix.parameter?.text ?? null,
              replaces: fix.parameter?.replaces ?? null,
              setpci: fix.setpci,
              undo: fix.undo,
              becomes: 'PCI_P2PDMA_MAP_BUS_ADDR',
            },
          ],
    findings: findingsJson(analysis),
  };
}

function explainWhatIfJson({ report, present }: ExplainedWhatIf, { mapType }: Verdict, names: DeviceNames): object {
  const now = present.verdict;
  const pair = { provider: formatBdf(now.provider.bdf), client: formatBdf(now.client.bdf) };
  return {
    whatIf: whatIfJson(report, names),
    present: { kernel: kernelJson(report.before.machine), verdict: verdictJson(now, names) },
    changes: now.mapType === mapType ? [] : [{ ...pair, from: now.mapType, to: mapType }],
  };
}

function verdictJson(verdict: Verdict, names: DeviceNames): object {
  return {
    mapType: verdict.mapType,
    distance: verdict.distance ?? null,
    hops: verdict.hops ?? null,
    reasons: verdict.reasons.map((reason) => ({
      code: reason.code,
      text: reasonText(reason, names, verdict),
      devices: reasonDevices(reason),
    })),
    missing: verdict.missing.map((missing) => {
      const { fact, how } = missingText(missing);
      return { fact, device: missing.device === undefined ? null : formatBdf(missing.device.bdf), how };
    }),
    candidates: verdict.candidates,
  };
}

/** What was odd in the input and in the tree. */
export function findingsJson(analysis: Analysis): readonly Finding[] {
  return [...analysis.capture.findings, ...analysis.topology.findings];
}

function reasonDevices(reason: PairAnswer['verdict']['reasons'][number]): string[] {
  switch (reason.code) {
    case 'acs-redirect':
      return reason.ports.map(({ port }) => formatBdf(port.bdf));
    case 'common-upstream-bridge':
      return [formatBdf(reason.bridge.bdf)];
    case 'cpu-zen':
    case 'cpu-not-zen':
      return reason.inferredFrom === undefined ? [] : [formatBdf(reason.inferredFrom.bdf)];
    default:
      return 'lookup' in reason && reason.lookup.device !== undefined ? [formatBdf(reason.lookup.device.bdf)] : [];
  }
}
