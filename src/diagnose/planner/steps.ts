/** How to carry out a plan: a kernel parameter, register writes for now, and how to take both back. */
import { factValue } from '../../capture/index.ts';
import { acsRedirectBits, calcMapTypeAndDist, type P2pdmaMachine } from '../../p2pdma/index.ts';
import { ACS_REDIRECT_BITS, type PciFunction, upstreamBridge } from '../../pci/index.ts';
import { bdfDevice, bdfFunction, formatBdf, parseKernelCmdline } from '../../uapi/index.ts';
import { configElement } from '../boot-change.ts';
import { type BootWords, pciListWords } from '../boot-words.ts';
import { clearRedirect, pathSpec, setpci, undoClear } from '../redirect-fix.ts';
import { bootedMachine, type Situation } from '../what-if.ts';
import { allDirect, type Want } from './want.ts';

/** The steps. */
export interface PlanSteps {
  /** For the next boots; undefined where no parameter of this kernel was found that does it. */
  readonly parameter: BootParameter | undefined;
  /** For now, until the next boot. */
  readonly setpci: readonly string[];
  /** Takes `setpci` back. */
  readonly undo: readonly string[];
  /** The same for scripts, by sysfs path: bus numbers move when cards do. One pattern a port. */
  readonly sysfsGlobs: readonly string[];
}

/** A kernel parameter that names ports by path. */
export interface BootParameter {
  /** `pci=noats,disable_acs_redir=...`: put in place of what `replaces` holds, which it takes up. */
  readonly text: string;
  /** The words `pci=...` of the captured command line that must go. */
  readonly replaces: string | undefined;
  /** `registers`: whether that boot sets other bits is not known; the registers as they are were checked. */
  readonly verified: 'boot' | 'registers';
}

/** Steps that clear redirect at `ports`, so that `wants` are direct. */
export function planSteps(situation: Situation, ports: readonly PciFunction[], wants: readonly Want[]): PlanSteps {
  return {
    parameter: bootParameter(situation, ports, wants),
    setpci: ports.map((port) => setpci(port, 0, ACS_REDIRECT_BITS)),
    undo: ports.map((port) => undoClear(situation.machine, port)),
    sysfsGlobs: ports.map(sysfsGlob),
  };
}

/**
 * The first parameter that works in the imagined boot: `disable_acs_redir`, or where the command line has `config_acs`,
 * which counts more, an element of that. A boot sets redirect also at ports where it was cleared by hand: these are
 * added until all pairs are direct.
 */
export function bootParameter(
  { machine, boot }: Situation,
  ports: readonly PciFunction[],
  wants: readonly Want[],
): BootParameter | undefined {
  const text = boot?.cmdline.text ?? factValue(machine.topology.capture.kernel.cmdline) ?? '';
  const { configAcs } = parseKernelCmdline(text).pci;
  const options = configAcs === undefined ? [disableWords] : [disableWords, configWords];
  let unsure: BootParameter | undefined;
  for (const wordsFor of options) {
    const all = new Set(ports);
    for (let added = true; added; ) {
      const words = wordsFor(
        text,
        [...all].sort((a, b) => a.index - b.index),
      );
      const booted = bootedMachine(machine, words.cmdline);
      const answer = allDirect(booted, wants);
      const parameter = { text: words.text, replaces: words.replaces === '' ? undefined : words.replaces };
      if (answer === true) return { ...parameter, verified: 'boot' };
      if (answer === 'unknown') unsure ??= { ...parameter, verified: 'registers' };
      const before = all.size;
      for (const port of redirectingPorts(booted, wants)) all.add(port);
      added = all.size > before;
    }
  }
  return unsure;
}

/** Ports that redirect on the way of these pairs. */
function redirectingPorts(machine: P2pdmaMachine, wants: readonly Want[]): readonly PciFunction[] {
  const ports = new Set<PciFunction>();
  for (const { provider, client } of wants) {
    const { commonUpstream: common } = calcMapTypeAndDist(machine, provider, client);
    for (const end of [provider, client]) {
      for (
        let at: PciFunction | undefined = end;
        at !== undefined;
        at = at === common ? undefined : upstreamBridge(at)
      ) {
        const bits = acsRedirectBits(machine, at);
        if (bits.state === 'known' && bits.value !== 0) ports.add(at);
      }
    }
  }
  return [...ports];
}

function disableWords(cmdline: string, ports: readonly PciFunction[]): BootWords {
  return pciListWords(cmdline, { disable_acs_redir: ports.map(pathSpec) });
}

function configWords(cmdline: string, ports: readonly PciFunction[]): BootWords {
  return pciListWords(cmdline, { config_acs: clearRedirect(ports).map(configElement) });
}

/** A shell pattern that finds the port whatever its bus number: a root bus function, then device and function. */
function sysfsGlob(port: PciFunction): string {
  const above = upstreamBridge(port);
  if (above === undefined) return `/sys/bus/pci/devices/${formatBdf(port.bdf)}`;
  return `${sysfsGlob(above)}/*:${bdfDevice(port.bdf).toString(16).padStart(2, '0')}.${bdfFunction(port.bdf)}`;
}
