/** One machine of several inputs. */
import { err, ok, type Result } from '../base/index.ts';
import {
  type CapturePart,
  type Finding,
  joinParts,
  type MachineCapture,
  splitMachines,
  type TextCount,
} from '../capture/index.ts';
import { type InputError, inputError } from './input-error.ts';
import type { SourceParts } from './read-parts.ts';

/**
 * The machine that all inputs show together. Refused where an input shows none, where one shows several, and where two
 * cannot be of one machine.
 */
export function joinSources(sources: readonly SourceParts[]): Result<MachineCapture, InputError> {
  const parts: CapturePart[] = [];
  const own: Finding[] = [];
  const findings: Finding[] = [];
  const texts: TextCount[] = [];
  for (const source of sources) {
    const split = splitMachines(source.parts);
    if (split.machines.length > 1) return err(inputError('two-machines', source.name, severalMachines(split.machines)));
    parts.push(...split.machines.flat());
    own.push(...placed(source, sources.length > 1));
    findings.push(...split.findings);
    texts.push(...(source.texts ?? []));
  }
  const [only, ...others] = parts;
  // A described machine has a name of its own.
  const name =
    only !== undefined && others.length === 0 ? only.origin.source : sources.map((source) => source.name).join(', ');
  const joined = joinParts(parts);
  if (!joined.ok) return err(inputError('two-machines', name, joined.error.text));
  const { value } = joined;
  return requireFunctions({
    ...value,
    source: { ...value.source, name },
    ...(texts.length === 0 ? {} : { texts }),
    findings: [...own, ...value.findings, ...findings],
  });
}

/** The findings on an input as a whole; of several inputs each says which one. */
function placed({ name, findings = [] }: SourceParts, several: boolean): readonly Finding[] {
  return several ? findings.map((finding) => ({ ...finding, where: `${name}: ${finding.where}` })) : findings;
}

/** The machines that the inputs show, each on its own where they are several. */
export function machinesOf(sources: readonly SourceParts[]): readonly Result<MachineCapture, InputError>[] {
  const together = joinSources(sources);
  if (together.ok || together.error.code !== 'two-machines') return [together];
  return sources.flatMap(({ name, parts }) => {
    const { machines } = splitMachines(parts);
    if (machines.length === 1) return machines.map((machine) => joinSources([{ name, parts: machine }]));
    return machines.map((machine, index) => numbered(joinSources([{ name, parts: machine }]), `${name}#${index + 1}`));
  });
}

/** Also where it has one part, which has the name of the file. */
function numbered(read: Result<MachineCapture, InputError>, name: string): Result<MachineCapture, InputError> {
  return read.ok ? ok({ ...read.value, source: { ...read.value.source, name } }) : read;
}

function severalMachines(machines: readonly (readonly CapturePart[])[]): string {
  const places = machines.map((parts, index) => {
    const lines = parts.flatMap(({ origin }) => origin.line ?? []);
    const host = parts.find((part) => part.host !== undefined)?.host;
    const count = new Set(parts.flatMap(({ functions = [] }) => functions.map(({ bdf }) => bdf))).size;
    return `#${index + 1} from line ${Math.min(...lines)}${host === undefined ? '' : ` (${host})`} with ${count} functions`;
  });
  return `shows ${machines.length} machines: ${places.join(', ')}; give one of them by its number, as in "FILE#1"`;
}

/**
 * Refuses a capture without PCI functions, unless it is a whole capture of a machine that has none.
 * Exported for inputs that come as folders.
 */
function requireFunctions(capture: MachineCapture): Result<MachineCapture, InputError> {
  const { source, parts } = capture;
  const provesNone = capture.findings.some((finding) => finding.code === 'capture-missing');
  const draws = parts.some(({ topology }) => topology !== undefined);
  if (capture.functions.length > 0 || provesNone || draws) return ok(capture);
  const [code, what] = whyNothing(capture);
  return err(inputError(code, source.name, what));
}

function whyNothing({ source, parts }: MachineCapture): readonly [InputError['code'], string] {
  if (source.kind === 'hwloc')
    return ['no-pci', 'holds no PCI files; gather it again with "hwloc-gather-topology --io"'];
  if (parts.some(({ origin }) => origin.passage === 'sysfs'))
    return ['no-pci', 'shows no PCI function; make a capture on the host itself with "peerpath capture"'];
  const told = [...new Set(parts.flatMap(({ told: words }) => words ?? []))];
  const how = 'give the output of "sudo lspci -xxxx -vvv" with it, or an archive made by "peerpath capture"';
  if (told.length > 0) return ['not-recognised', `${told.join(', and ')}; ${how}`];
  if (parts.length > 0)
    return [
      'not-recognised',
      `tells something of a machine (${kinds(parts)}), but not which PCI functions it has; ${how}`,
    ];
  return [
    'not-recognised',
    'is no capture, and no text that tells of PCI devices (docs/inputs.md lists what is read); "peerpath capture" makes an archive',
  ];
}

function kinds(parts: readonly CapturePart[]): string {
  return [...new Set(parts.map(({ origin }) => origin.passage.replaceAll('-', ' ')))].join(', ');
}
