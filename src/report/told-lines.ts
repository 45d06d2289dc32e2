/** Where in the input the facts stand that a verdict rests on. */
import { printable } from '../base/index.ts';
import { Evidence, type MachineCapture, type Told } from '../capture/index.ts';
import type { Reason, Verdict } from '../p2pdma/index.ts';
import { type Bdf, formatBdf } from '../uapi/index.ts';

/** A fact that a verdict rests on, and where it stands. */
export interface ToldFact {
  readonly fact: string;
  readonly device: Bdf | undefined;
  readonly told: Told;
}

/**
 * The facts behind the reasons of a verdict that have a line in a text: ACS control of ports, ids of host bridges, the
 * release. None for trees of files, whose facts have names and not lines.
 */
export function toldFacts(capture: MachineCapture, { reasons, path }: Verdict): readonly ToldFact[] {
  const evidence = new Evidence(capture);
  const ports = reasons.some(({ code }) => code === 'common-upstream-bridge' || code === 'acs-redirect')
    ? path.filter(({ acs }) => acs.state === 'known')
    : [];
  const found: readonly (ToldFact | undefined)[] = [
    ...ports.map(({ bdf }) => toldFact('ACS control of', bdf, evidence.ofAcs(bdf))),
    ...reasons
      .flatMap(lookedUp)
      .map((bdf) => toldFact('ids of', bdf, evidence.ofFact(bdf, 'device') ?? evidence.ofFact(bdf, 'printedName'))),
    releaseFact(capture),
  ];
  const facts = found.flatMap((each) => (each === undefined ? [] : [each]));
  return [...new Map(facts.map((each) => [`${each.fact} ${each.device ?? ''}`, each])).values()];
}

/** The devices that stood for host bridges. */
function lookedUp(reason: Reason): Bdf[] {
  if ('lookup' in reason) return reason.lookup.device === undefined ? [] : [reason.lookup.device.bdf];
  return reason.code === 'cpu-zen' && reason.inferredFrom !== undefined ? [reason.inferredFrom.bdf] : [];
}

function toldFact(fact: string, device: Bdf, told: Told | undefined): ToldFact | undefined {
  return told?.line === undefined ? undefined : { fact, device, told };
}

function releaseFact({ kernel, parts }: MachineCapture): ToldFact | undefined {
  const { release } = kernel;
  const part = parts.find((each) => each.kernel?.release !== undefined && each.kernel.release === release);
  const line = release.state === 'known' ? (release.origin?.line ?? part?.origin.line) : undefined;
  if (part === undefined || line === undefined || release.state !== 'known') return undefined;
  const { source, passage } = part.origin;
  return {
    fact: 'the release',
    device: undefined,
    told: { source, passage, line, inferredFrom: release.origin?.inferredFrom },
  };
}

/** `ACS control of 0000:00:1c.0: lspci.txt:88`. */
export function toldLine({ fact, device, told }: ToldFact): string {
  const inferred = told.inferredFrom === undefined ? '' : ` (inferred from ${printable(told.inferredFrom)})`;
  return `${fact}${device === undefined ? '' : ` ${formatBdf(device)}`}: ${printable(told.source)}:${told.line}${inferred}`;
}
