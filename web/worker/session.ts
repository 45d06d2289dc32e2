/** One machine in one worker: what was read, the question it is under, the last mapping. */
import { type Analysis, analyze } from '../../src/analyze.ts';
import type { Situation } from '../../src/diagnose/index.ts';
import { deviceKind, isBridgeKind, isEndpointKind, type PciFunction, PciNames } from '../../src/pci/index.ts';
import { type DeviceNames, deviceNames } from '../../src/report/index.ts';
import { PCI_ACS_RR } from '../../src/uapi/index.ts';
import type { OpenInput, Requests, WhatIfChoice } from '../protocol.ts';
import { calledIn } from './called.ts';
import { colourView } from './colour-view.ts';
import { examinationView } from './findings-view.ts';
import { detailView, machineView } from './machine-view.ts';
import { type KeptMapping, mapView, originViews } from './map-view.ts';
import { pairView } from './pair-view.ts';
import type { MachineRead } from './read-input.ts';
import { asksSomething, Present, situationOf, situationView } from './situation.ts';
import { summaryView } from './summary-view.ts';

/** Answers of the session, by name of the request. */
export type Handlers = {
  readonly [Name in keyof Requests]: (argument: Requests[Name][0]) => Requests[Name][1] | Promise<Requests[Name][1]>;
};

interface OpenMachine {
  readonly analysis: Analysis;
  readonly present: Present;
  situation: Situation;
  names: DeviceNames;
  /** The functions of the matrix. */
  shown: readonly PciFunction[];
  mapping: KeptMapping | undefined;
}

/** A session without a machine; `open` comes first. @param readMachine reads what this worker knows; never throws */
export function session(readMachine: (input: OpenInput) => Promise<MachineRead>): Handlers {
  let machine: OpenMachine | undefined;
  let pciNames: PciNames | undefined;
  const opened = (): OpenMachine => {
    if (machine === undefined) throw new Error('no machine is open');
    return machine;
  };
  const fnAt = (index: number) => {
    const fn = opened().analysis.topology.functions[index];
    if (fn === undefined) throw new Error(`no function ${index}`);
    return fn;
  };
  return {
    async open(input) {
      const read = await readMachine(input);
      if (!read.ok) {
        const { error, texts, more } = read.error;
        return { ok: false, error, texts, more };
      }
      const { capture, more } = read.value;
      const { name: title } = capture.source;
      const called = more > 0 || (input.from === 'bytes' && (input.machine ?? 0) > 0) ? undefined : calledIn(input);
      const analysis = analyze(capture);
      const present = new Present(analysis.situation);
      const names = deviceNames(analysis.topology, pciNames);
      machine = { analysis, present, situation: present.situation, names, shown: [], mapping: undefined };
      return { ok: true, machine: machineView(analysis, names, { title, called }), more };
    },
    names(text) {
      pciNames = new PciNames(text);
      if (machine === undefined) return [];
      machine.names = deviceNames(machine.analysis.topology, pciNames);
      return machine.analysis.topology.functions.map((fn) => opened().names.nameOf(fn));
    },
    situation({ whatIf, ...scope }) {
      const { analysis, present, names } = opened();
      const situation = asksSomething(whatIf) ? situationOf(analysis, whatIf) : present.situation;
      opened().situation = situation;
      const view = situationView(analysis, whatIf, situation, present, { names, scope });
      opened().shown = Array.from(view.shown, fnAt);
      return view;
    },
    summary: () => summaryView(opened().situation, opened().shown),
    colour: (by) => colourView(opened().situation, opened().shown, by),
    pair({ provider, client }) {
      const { analysis, situation, names } = opened();
      return pairView({ analysis, situation, names }, fnAt(provider), fnAt(client));
    },
    examine: () => examinationView(opened().analysis, opened().situation, opened().names),
    rehearse() {
      const { analysis, present, names } = opened();
      const port = analysis.topology.functions.find((fn) => fn.acs.state === 'known' && isBridgeKind(deviceKind(fn)));
      const [provider, client] = analysis.topology.functions.filter((fn) => isEndpointKind(deviceKind(fn)));
      if (port === undefined || provider === undefined || client === undefined) return undefined;
      const whatIf: WhatIfChoice = { acs: [{ port: port.index, mask: PCI_ACS_RR, bits: 0 }] };
      const situation = situationOf(analysis, whatIf);
      situationView(analysis, whatIf, situation, present, { names, scope: { scope: 'endpoints', only: undefined } });
      pairView({ analysis, situation, names }, provider, client);
      return undefined;
    },
    detail: (index) => detailView(opened().analysis, opened().names, fnAt(index)),
    map(request) {
      const { analysis, names } = opened();
      const { situation } = opened();
      const subject = { analysis: { ...analysis, machine: situation.machine, situation }, names, whatIf: undefined };
      const kept = mapView(subject, request);
      opened().mapping = kept;
      return kept.view;
    },
    origins({ from, count }) {
      const { mapping } = opened();
      return mapping === undefined ? [] : originViews(mapping, from, count);
    },
  };
}
