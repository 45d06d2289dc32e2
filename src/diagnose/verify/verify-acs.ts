/** The ACS Control registers, as Linux of that release leaves them. */
import { hex } from '../../base/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import type { PredictedBoot } from './boot-of-input.ts';
import { type Cause, compared, type RecordedFact } from './recorded-fact.ts';

/** Bits of Control that have a capability bit at the same place. */
const BASIC_BITS = 0x7f;

/**
 * Every register that the input shows. Bits that Linux writes are what it writes; those that it leaves are firmware's
 * and taken as 0, which is what most firmware leaves; those that the capability does not have read 0.
 */
export function verifyAcsControl(boot: PredictedBoot): RecordedFact[] {
  return boot.machine.topology.functions.flatMap((fn) => {
    const outcome = boot.acs.outcomes.get(fn);
    // Whether Linux turned ACS on is not known: nothing is predicted.
    if (outcome === undefined || fn.acs.state !== 'known' || boot.acs.setup.requested === undefined) return [];
    const { cap, ctrl } = fn.acs.value;
    const { value, known } = outcome.control;
    const written = known & cap & BASIC_BITS;
    const predicted = value & written;
    const fact = { kind: 'acs-control' as const, functions: [fn], part: `of capability ${show(cap)}` };
    return [
      compared({ ...fact, recorded: show(ctrl), predicted: show(predicted) }, () =>
        acsCause(boot, fn, { wrong: ctrl ^ predicted, written, cap: cap & BASIC_BITS }),
      ),
    ];
  });
}

interface WrongBits {
  readonly wrong: number;
  /** Bits that Linux writes. */
  readonly written: number;
  readonly cap: number;
}

function acsCause(boot: PredictedBoot, fn: PciFunction, { wrong, written, cap }: WrongBits): Cause | undefined {
  if ((wrong & ~cap) !== 0) return undefined;
  if ((wrong & written) === 0) return 'firmware';
  if (boot.cmdline === undefined) return 'cmdline-unknown';
  return groupsAsBooted(boot, fn) ? 'changed-after-boot' : undefined;
}

/** Groups are formed once: where those of all functions below are as predicted, the register was so at boot. */
function groupsAsBooted({ groups, recorded, machine }: PredictedBoot, fn: PciFunction): boolean {
  if (groups?.state !== 'known' || recorded === undefined) return false;
  return machine.topology.functions
    .filter((other) => other === fn || isBelow(other, fn))
    .every((other) => {
      const was = new Set(recorded.of(other)?.members.map((member) => member.fn));
      const foreseen = groups.groups.of(other)?.members ?? [];
      return was.size === foreseen.length && foreseen.every((member) => was.has(member.fn));
    });
}

function isBelow(fn: PciFunction, bridge: PciFunction): boolean {
  for (let at = fn.parent; at !== undefined; at = at.parent) if (at === bridge) return true;
  return false;
}

function show(register: number): string {
  return hex(register);
}
