/** How to carry out a plan: a kernel parameter, register writes for now, and how to take both back. */
import { factValue } from '../../capture/index.ts';
import { acsRedirectBits, calcMapTypeAndDist, type P2pdmaMachine } from '../../p2pdma/index.ts';
import { ACS_REDIRECT_BITS, type PciFunction, upstreamBridge } from '../../pci/index.ts';
import { bdfDevice, bdfFunction, formatBdf, parseKernelCmdline } from '../../uapi/index.ts';
import { configFlags } from '../boot-change.ts';
import { type CmdlineFit, cmdlineFit, type PortNaming, portNamings } from '../boot-length.ts';
import { type BootWords, loaderLine, pciListWords } from '../boot-words.ts';
import { setpci, undoClear } from '../redirect-fix.ts';
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

/** A kernel parameter that names ports by path, or by vendor and device where only that fits. */
export interface BootParameter {
  /** `pci=noats,disable_acs_redir=...`: put in place of what `replaces` holds, which it takes up. */
  readonly text: string;
  /** The words `pci=...` of the captured command line that must go. */
  readonly replaces: string | undefined;
  /** `registers`: whether that boot sets other bits is not known; the registers as they are were checked. */
  readonly verified: 'boot' | 'registers';
  /** The whole new command line, without what the boot loader puts before it; undefined where the input has none. */
  readonly line: string | undefined;
  /** The whole new command line against what the kernel takes. */
  readonly fit: CmdlineFit;
  /** Ports are named by vendor and device. */
  readonly byIds: boolean;
  /** Functions that it changes besides the ports of the plan. */
  readonly besides: readonly PciFunction[];
  /** Where it does not fit: what takes the least room. */
  readonly shorter: BootParameter | undefined;
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
      const sorted = [...all].sort((a, b) => a.index - b.index);
      const [exact, ...others] = portNamings(machine.topology, sorted).map((naming) => ({
        naming,
        words: wordsFor(text, naming),
      }));
      if (exact === undefined) break;
      const booted = bootedMachine(machine, exact.words.cmdline);
      const answer = allDirect(booted, wants);
      if (answer === true) return fitting(machine, exact, others, 'boot', wants);
      if (answer === 'unknown') unsure ??= fitting(machine, exact, others, 'registers', wants);
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

function disableWords(cmdline: string, { elements }: PortNaming): BootWords {
  return pciListWords(cmdline, { disable_acs_redir: elements.map(({ spec }) => spec) });
}

function configWords(cmdline: string, { elements }: PortNaming): BootWords {
  const flags = configFlags({ mask: ACS_REDIRECT_BITS, bits: 0 });
  return pciListWords(cmdline, { config_acs: elements.map(({ spec }) => `${flags}@${spec}`) });
}

interface NamedWords {
  readonly naming: PortNaming;
  readonly words: BootWords;
}

/** The most exact words where they fit, else the first of the others that do, work as well and hit nothing besides. */
function fitting(
  machine: P2pdmaMachine,
  exact: NamedWords,
  others: readonly NamedWords[],
  verified: BootParameter['verified'],
  wants: readonly Want[],
): BootParameter {
  const { topology } = machine;
  const known = factValue(topology.capture.kernel.cmdline) !== undefined;
  const parameterOf = ({ naming, words }: NamedWords): BootParameter => ({
    text: words.text,
    replaces: words.replaces === '' ? undefined : words.replaces,
    verified,
    line: known ? loaderLine(words.cmdline) : undefined,
    fit: cmdlineFit(topology, words.cmdline),
    byIds: naming.elements.some(({ spec }) => spec.startsWith('pci:')),
    besides: naming.besides,
    shorter: undefined,
  });
  const parameter = parameterOf(exact);
  if (parameter.fit.fits) return parameter;
  const wanted = verified === 'boot' ? true : 'unknown';
  const working = others.filter(({ words }) => allDirect(bootedMachine(machine, words.cmdline), wants) === wanted);
  const shorter = working.map(parameterOf);
  return (
    shorter.find(({ fit, besides }) => fit.fits && besides.length === 0) ?? { ...parameter, shorter: shorter.at(-1) }
  );
}

/** A shell pattern that finds the port whatever its bus number: a root bus function, then device and function. */
function sysfsGlob(port: PciFunction): string {
  const above = upstreamBridge(port);
  if (above === undefined) return `/sys/bus/pci/devices/${formatBdf(port.bdf)}`;
  return `${sysfsGlob(above)}/*:${bdfDevice(port.bdf).toString(16).padStart(2, '0')}.${bdfFunction(port.bdf)}`;
}
