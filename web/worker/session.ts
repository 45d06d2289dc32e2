/** One machine in one worker: what was read, the question it is under, the last mapping. */
import { type Analysis, analyze } from '../../src/analyze.ts';
import { readInput } from '../../src/archive/index.ts';
import type { MachineCapture } from '../../src/capture/index.ts';
import type { Situation } from '../../src/diagnose/index.ts';
import { imaginedSituation } from '../../src/diagnose/index.ts';
import { looksLikeMachineDescription, readMachineDescription } from '../../src/lab/index.ts';
import { deviceKind, isBridgeKind, isEndpointKind, PciNames } from '../../src/pci/index.ts';
import { type DeviceNames, deviceNames } from '../../src/report/index.ts';
import { PCI_ACS_RR } from '../../src/uapi/index.ts';
import type { OpenInput, Requests, WhatIfChoice } from '../protocol.ts';
import { EXAMPLES } from './examples.ts';
import { examinationView } from './findings-view.ts';
import { detailView, machineView } from './machine-view.ts';
import { type KeptMapping, mapView, originViews } from './map-view.ts';
import { pairView } from './pair-view.ts';
import { asksSomething, Present, situationOf, situationView } from './situation.ts';

/** Answers of the session, by name of the request. */
export type Handlers = {
  readonly [Name in keyof Requests]: (argument: Requests[Name][0]) => Requests[Name][1] | Promise<Requests[Name][1]>;
};

interface OpenMachine {
  readonly analysis: Analysis;
  readonly present: Present;
  situation: Situation;
  names: DeviceNames;
  mapping: KeptMapping | undefined;
}

/** A session without a machine; `open` comes first. */
export function session(): Handlers {
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
      const read = await readCapture(input);
      if (typeof read === 'string') return { ok: false, error: read };
      const analysis = analyze(read);
      const present = new Present(analysis.situation);
      const names = deviceNames(analysis.topology, pciNames);
      machine = { analysis, present, situation: present.situation, names, mapping: undefined };
      return { ok: true, machine: machineView(analysis, names, read.source.name) };
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
      return situationView(analysis, whatIf, situation, present, { names, scope });
    },
    pair({ provider, client }) {
      const { analysis, situation, names } = opened();
      return pairView(
        { analysis, situation, names, imagined: imaginedSituation(situation) },
        fnAt(provider),
        fnAt(client),
      );
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
      pairView({ analysis, situation, names, imagined: imaginedSituation(situation) }, provider, client);
      return undefined;
    },
    detail: (index) => detailView(opened().analysis, opened().names, fnAt(index)),
    map(request) {
      const kept = mapView(imaginedSituation(opened().situation), request);
      opened().mapping = kept;
      return kept.view;
    },
    origins({ from, count }) {
      const { mapping } = opened();
      return mapping === undefined ? [] : originViews(mapping, from, count);
    },
  };
}

async function readCapture(input: OpenInput): Promise<MachineCapture | string> {
  const example = input.from === 'example' ? EXAMPLES[input.name] : undefined;
  if (input.from === 'example') {
    if (example === undefined) return `There is no example "${input.name}".`;
    const read = readMachineDescription(example, `${input.name}.yaml`);
    return read.ok ? read.value : read.error.sentence;
  }
  if (looksLikeMachineDescription(input.bytes)) {
    const read = readMachineDescription(new TextDecoder().decode(input.bytes), input.name);
    return read.ok ? read.value : read.error.sentence;
  }
  const read = await readInput(input.bytes, input.name);
  return read.ok ? read.value : `${read.error.text}.`;
}
