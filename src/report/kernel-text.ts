/** Which kernel a report speaks for. */
import { printable } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import type { P2pdmaMachine } from '../p2pdma/index.ts';
import { formatKernelVersion } from '../uapi/index.ts';
import type { Paint } from './paint.ts';

/** "As Linux 7.3.4 answers (read from the input)". `choice`: how another is chosen. */
export function kernelLine(machine: P2pdmaMachine, paint: Paint, choice = 'choose with --kernel'): string {
  const release = factValue(machine.topology.capture.kernel.release);
  const version =
    machine.kernelSource === 'read' && release !== undefined ? printable(release) : formatKernelVersion(machine.kernel);
  const source = {
    read: 'read from the input',
    chosen: 'chosen',
    assumed: `assumed: the input does not tell; ${choice}`,
  };
  const config = machine.configP2pdma.state === 'unreadable' ? '; CONFIG_PCI_P2PDMA taken to be on' : '';
  return paint.dim(`As Linux ${version} answers (${source[machine.kernelSource]}${config}).`);
}
