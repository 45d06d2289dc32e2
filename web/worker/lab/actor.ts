/** Which device a step is about, when it moves no packets. */
import type { Lab, LabEvent, Step, StepOutcome } from '../../../src/lab/index.ts';
import type { PciFunction } from '../../../src/pci/index.ts';
import type { LabView, StepTrouble } from '../../lab-protocol.ts';
import { clipped } from './step.ts';

/** The device, and what went wrong there. */
export function actorOf(
  lab: Lab,
  { step, outcome }: LabEvent,
  fnOf: (name: string) => PciFunction | undefined,
): LabView['actor'] {
  const fn = deviceOf(lab, step, fnOf);
  return fn === undefined ? undefined : { fn: fn.index, trouble: troubleOf(outcome) };
}

function deviceOf(lab: Lab, step: Step, fnOf: (name: string) => PciFunction | undefined): PciFunction | undefined {
  switch (step.action) {
    case 'map':
      return lab.attachments.get(step.attachment)?.client;
    case 'unmap':
      return lab.mappings.get(step.name)?.attachment.client;
    case 'detach':
      return lab.attachments.get(step.name)?.client;
    case 'invalidate':
    case 'close-buffer':
      return lab.buffers.get(step.name)?.owner;
    default:
      return 'device' in step ? fnOf(step.device) : undefined;
  }
}

function troubleOf(outcome: StepOutcome): StepTrouble | undefined {
  switch (outcome.kind) {
    case 'done':
      return undefined;
    case 'failed':
      return { what: outcome.errno, why: clipped(outcome.at) };
    case 'crashed':
      return { what: 'the kernel dies', why: clipped(outcome.at) };
    case 'waits':
      return { what: 'waits', why: clipped(outcome.why) };
    case 'stopped':
    case 'unknown':
      return { what: outcome.kind, why: clipped(outcome.why) };
  }
}
