/** A run as JSON, schema `peerpath.lab/1`; docs/json.md describes it. */
import { hex } from '../../base/index.ts';
import { formatBdf, formatKernelVersion } from '../../uapi/index.ts';
import type { LabBytes, LabEvent, LabTable, LabTransfer } from './events.ts';
import type { ScenarioResult } from './run-scenario.ts';
import type { Landing } from './transfer.ts';

/** The document: keys in fixed order, addresses and lengths as `0x…`. */
export function scenarioJson({ scenario, lab, events, outcome }: ScenarioResult): object {
  const { kernel, intended, topology } = lab.machine;
  return {
    schema: 'peerpath.lab/1',
    scenario: scenario.name,
    about: scenario.about ?? null,
    machine: topology.capture.source.name,
    kernel: {
      release: formatKernelVersion(kernel.version),
      intended,
      ...(kernel.rules.mappingTypes === 'none' ? {} : { mappingTypes: 'rfc1' }),
    },
    outcome,
    steps: { total: scenario.steps.length, taken: events.length },
    events: events.map(eventJson),
    waiting: lab.calls.waiting,
  };
}

/** One event. */
export function eventJson(event: LabEvent): object {
  const { number, step, title, outcome, verdict } = event;
  return {
    step: number,
    line: step.line ?? null,
    action: step.action,
    title,
    note: step.note ?? null,
    outcome: outcome.kind,
    errno: outcome.kind === 'failed' ? outcome.errno : null,
    at: outcome.kind === 'failed' || outcome.kind === 'crashed' ? outcome.at : null,
    why: 'why' in outcome ? outcome.why : null,
    verdict: verdict === undefined ? null : { mapType: verdict.mapType, distance: verdict.distance ?? null },
    table: event.table === undefined ? null : tableJson(event.table),
    transfer: event.transfer === undefined ? null : transferJson(event.transfer),
    bytes: event.bytes === undefined ? null : bytesJson(event.bytes),
    effects: event.effects,
    warns: event.warns,
    defects: event.defects,
    checks: event.checks.map(({ what, expected, found, ok }) => ({ what, expected, found, ok })),
    ok: event.ok,
  };
}

function tableJson({ flow, space, nents, origNents, entries }: LabTable): object {
  return { flow, space, nents, origNents, sg: entries.map(([address, length]) => [hex(address), hex(length)]) };
}

function transferJson({ kind, requester, length, packets, landings }: LabTransfer): object {
  return {
    kind,
    requester: formatBdf(requester.bdf),
    length: hex(length),
    packets: Number(packets),
    landings: landings.map(landingJson),
  };
}

function landingJson({ address, length, end, viaHostBridge, route }: Landing): object {
  const { kind } = end;
  return {
    address: hex(address),
    length: hex(length),
    kind,
    device: kind === 'function' ? formatBdf(end.fn.bdf) : null,
    bar: kind === 'function' ? end.bar : null,
    offset: kind === 'function' ? hex(end.offset) : null,
    phys: kind === 'memory' ? hex(end.phys) : null,
    reason: kind === 'stopped' ? end.reason : null,
    rule: kind === 'stopped' ? end.why : null,
    viaHostBridge,
    route: (route?.hops ?? []).map(({ at, rule }) => ({
      at: at.kind === 'function' ? formatBdf(at.fn.bdf) : 'host bridge',
      rule,
    })),
  };
}

function bytesJson({ head, hash, length }: LabBytes): object {
  const hexBytes = [...head].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { length: hex(length), head: hexBytes, xxh32: hex(hash) };
}
