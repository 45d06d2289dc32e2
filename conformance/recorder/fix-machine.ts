/** The loop of the planner, closed: what it promises for a machine is done on that machine, and the kernel is asked. */
import { factValue } from '../../src/capture/index.ts';
import { isEndpoint, makePlan, type Plan, presentSituation, type Want } from '../../src/diagnose/index.ts';
import { p2pdmaMachine } from '../../src/p2pdma/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import { topologyOfRecorded } from './record-machine.ts';
import { answerLines, consoleOf, type Recorded, recordScene, type Scene } from './recorded-machine.ts';
import type { Workshop } from './workshop.ts';

/** What was promised, and what the kernel said of it. */
export interface Fixed {
  readonly plan: Plan;
  /** Recordings by the end of their name: as it is, after the register writes, after a boot with the parameter. */
  readonly recordings: ReadonlyMap<string, Recorded>;
  /** Checks that were made. */
  readonly checks: number;
  /** Promises that were not kept, a sentence each. */
  readonly broken: readonly string[];
}

/** Map types as the kernel counts them. */
const NOT_SUPPORTED = 2;
const BUS_ADDR = 3;

/** Plans for all pairs of endpoints, does as planned in two ways, and undoes it. */
export async function fixMachine(workshop: Workshop, scene: Scene): Promise<Fixed> {
  const before = await recordScene(workshop, scene, ['groups']);
  const topology = await topologyOfRecorded(before);
  const machine = p2pdmaMachine(topology);
  const endpoints = topology.functions.filter((fn) => isEndpoint(fn) && hasMemory(fn.resources));
  const wants = endpoints.flatMap((provider) =>
    endpoints.filter((client) => client !== provider).map((client): Want => ({ provider, client })),
  );
  const plan = makePlan(presentSituation(machine), { wants, goal: 'direct', keepIsolated: [] });
  const requests = requestsFor(
    topology.functions.map(({ bdf }) => formatBdf(bdf)),
    wants,
  );
  const asItIs = await recordScene(workshop, scene, requests);
  const recordings = new Map([['before', asItIs]]);
  const checker = new Checker();
  checker.pairs('as it is', asItIs, plan.already, true);
  checker.blocked('as it is', asItIs, plan);
  const { steps } = plan;
  if (steps === undefined) return { plan, recordings, checks: checker.checks, broken: checker.broken };

  const registers = await recordScene(
    workshop,
    { ...scene, setup: steps.setpci.join('\n'), after: `${steps.undo.join('\n')}\n${READ_ACS}` },
    requests,
  );
  recordings.set('registers', registers);
  const direct = [...plan.already, ...plan.gained];
  checker.pairs('after the register writes', registers, direct, true);
  checker.blocked('after the register writes', registers, plan);
  checker.undone(asItIs, registers);

  if (steps.parameter !== undefined) {
    const { text, replaces } = steps.parameter;
    const line = factValue(topology.capture.kernel.cmdline) ?? consoleOf(scene.arch);
    const words = replaces === undefined || replaces === '' ? line : line.replace(replaces, '');
    const booted = await recordScene(workshop, scene, requests, `${words} ${text}`.replaceAll('  ', ' '));
    recordings.set('parameter', booted);
    checker.pairs('after a boot with the parameter', booted, direct, true);
    checker.blocked('after a boot with the parameter', booted, plan);
  }
  return { plan, recordings, checks: checker.checks, broken: checker.broken };
}

function hasMemory(resources: readonly unknown[]): boolean {
  return resources.slice(0, 6).some((bar) => bar !== undefined);
}

/** The ACS Control registers of all ports that have one, as `acs` answers. */
const READ_ACS = `for d in /sys/bus/pci/devices/*; do b=$(basename $d); v=$(setpci -s $b ECAP_ACS+6.w 2> /dev/null) && echo "$b $v"; done`;

function requestsFor(functions: readonly string[], wants: readonly Want[]): string[] {
  return [
    'groups',
    ...functions.map((bdf) => `acs ${bdf}`),
    ...wants.map(
      ({ provider, client }) =>
        `map ${formatBdf(provider.bdf)} ${firstBar(provider)} ${formatBdf(client.bdf)} 0 - 0 - +0:1000`,
    ),
  ];
}

function firstBar({ resources }: Want['provider']): number {
  return Math.max(
    0,
    resources.slice(0, 6).findIndex((bar) => bar !== undefined && (bar.flags & 0x200) !== 0),
  );
}

class Checker {
  checks = 0;
  readonly broken: string[] = [];

  pairs(when: string, recorded: Recorded, wants: readonly Want[], direct: boolean): void {
    const types = typesOf(recorded);
    for (const want of wants) {
      const type = types.get(keyOf(want));
      if (type !== undefined) this.#check((type === BUS_ADDR) === direct, `${when} ${keyOf(want)} is not direct`);
    }
  }

  /** What no setting makes direct must not be. */
  blocked(when: string, recorded: Recorded, { impossible }: Plan): void {
    const types = typesOf(recorded);
    for (const want of impossible.flatMap(({ wants }) => wants)) {
      const type = types.get(keyOf(want)) ?? NOT_SUPPORTED;
      this.#check(type !== BUS_ADDR, `${when} ${keyOf(want)} is direct, though no setting was to make it so`);
    }
  }

  /** The undo gives every register back its value. */
  undone(before: Recorded, after: Recorded): void {
    const was = new Map(
      answersOf(before).flatMap(({ op, dev, acs_pos: at, acs_ctrl: ctrl }) =>
        op === 'acs' && at !== '0' ? [[String(dev), Number.parseInt(String(ctrl), 16)] as const] : [],
      ),
    );
    for (const line of (after.booted.sections.get('post')?.toString('utf8') ?? '').split('\n')) {
      const [bdf = '', value = ''] = line.split(' ');
      const expected = was.get(bdf);
      if (expected === undefined) continue;
      this.#check(Number.parseInt(value, 16) === expected, `the undo left ${value} in ${bdf}`);
    }
  }

  #check(holds: boolean, otherwise: string): void {
    this.checks++;
    if (!holds) this.broken.push(otherwise);
  }
}

function answersOf(recorded: Recorded): Record<string, unknown>[] {
  return answerLines(recorded).map((line) => JSON.parse(line) as Record<string, unknown>);
}

function typesOf(recorded: Recorded): Map<string, number> {
  return new Map(
    answersOf(recorded).flatMap(({ op, provider, importer, map_type: type }) =>
      op === 'map' && type !== undefined ? [[`${provider} -> ${importer}`, Number(type)] as const] : [],
    ),
  );
}

function keyOf({ provider, client }: Want): string {
  return `${formatBdf(provider.bdf)} -> ${formatBdf(client.bdf)}`;
}
