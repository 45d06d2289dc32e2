/** One scenario in one worker. */
import { resolveNames } from '../../../src/lab/index.ts';
import { buildTopology } from '../../../src/pci/index.ts';
import type { LabRequests } from '../../lab-protocol.ts';
import type { OpenInput } from '../../protocol.ts';
import type { InputReader } from '../read-described.ts';
import { LabPlayer } from './player.ts';
import { readStory } from './read-story.ts';
import { SCENARIOS } from './scenarios.ts';

/** Answers of the session, by name of the request. */
export type LabHandlers = {
  readonly [Name in keyof LabRequests]: (
    argument: LabRequests[Name][0],
  ) => LabRequests[Name][1] | Promise<LabRequests[Name][1]>;
};

/** A session without a scenario; `story` comes first. @param reader reads what this worker knows */
export function labSession(reader: InputReader): LabHandlers {
  let player: LabPlayer | undefined;
  const playing = (): LabPlayer => {
    if (player === undefined) throw new Error('no scenario is open');
    return player;
  };
  return {
    async story(input) {
      const read = await readStory(input, reader);
      if (!read.ok) return { ok: false, ...read.error };
      const opened = LabPlayer.open(read.value);
      if (typeof opened === 'string') return { ok: false, error: opened };
      player = opened;
      return { ok: true, head: opened.head, machine: read.value.machine };
    },
    go: ({ to }) => playing().go(to),
    view: () => playing().view(),
    rows: (range) => playing().rows(range),
    bytes: (place) => playing().bytes(place),
    fitting: (input) => fitting(input, reader),
  };
}

async function fitting(input: OpenInput, reader: InputReader): Promise<string[]> {
  const machine = await reader.machine(input);
  if (!machine.ok) return [];
  const topology = buildTopology(machine.value.capture);
  const names: string[] = [];
  for (const name of Object.keys(SCENARIOS)) {
    const read = await readStory({ from: 'scenario', name }, reader);
    if (read.ok && resolveNames(read.value.scenario, topology) instanceof Map) names.push(name);
  }
  return names;
}
