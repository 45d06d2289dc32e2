/** Steps in words. */
import { hex } from '../../base/index.ts';
import type { Step } from './scenario.ts';

/** One line, without its outcome. */
export function stepTitle(step: Step): string {
  switch (step.action) {
    case 'verdict':
      return `may ${step.client} reach memory of ${step.provider}?`;
    case 'export':
      return `export BAR ${step.bar} of ${step.device} as ${step.as}: ${rangesText(step.ranges)}`;
    case 'attach':
      return `${step.device} attaches to ${step.buffer} as ${step.as} (${step.importer} importer, ${step.maskBits}-bit DMA mask)`;
    case 'map':
      return `map ${step.attachment} as ${step.as}`;
    case 'write':
    case 'read':
      return `${step.action} ${sizeText(step.length)} ${targetText(step)}`;
    case 'poke':
      return `the processor writes ${sizeText(step.length)} to BAR ${step.bar} of ${step.device} at ${hex(step.offset)}`;
    case 'peek':
      return `the processor reads ${sizeText(step.length)} of BAR ${step.bar} of ${step.device} at ${hex(step.offset)}`;
    case 'reg-mr':
      return `${step.device} (${step.driver}) registers ${hex(step.offset)}+${sizeText(step.length)} of ${step.buffer} as ${step.as}: ${['local-read', ...step.access].join(', ')}`;
    case 'dereg-mr':
      return `deregister ${step.name}`;
    case 'ioas':
      return `an address space of iommufd for ${step.device}: ${step.as}`;
    case 'map-file':
      return `map ${hex(step.offset)}+${sizeText(step.length)} of ${step.buffer} into ${step.space} at ${hex(step.iova)} (${step.access.join(', ')})`;
    case 'unmap-file':
      return `unmap ${hex(step.iova)}+${sizeText(step.length)} of ${step.space}`;
    case 'unmap':
    case 'detach':
      return `${step.action} ${step.name}`;
    case 'invalidate':
      return `invalidate the mappings of ${step.name}`;
    case 'close-buffer':
      return `close the descriptor of ${step.name}`;
    case 'revoke':
      return `switch off memory decoding of ${step.device}`;
    case 'restore':
      return `switch on memory decoding of ${step.device}`;
    case 'reset':
      return `reset ${step.device}`;
    case 'close-device':
      return `close ${step.device}`;
    case 'unplug':
      return `unplug ${step.device}`;
    case 'elapse':
      return `${step.milliseconds} ms pass`;
    case 'expect':
      return 'look at the state';
  }
}

function targetText({ action, target }: Extract<Step, { action: 'read' | 'write' }>): string {
  const preposition = action === 'read' ? 'from' : 'to';
  if (target.kind === 'address') return `${preposition} address ${hex(target.address)}, by ${target.device}`;
  return `${preposition} ${target.mapping} at ${hex(target.offset)}`;
}

function rangesText(ranges: Extract<Step, { action: 'export' }>['ranges']): string {
  const texts = ranges.slice(0, 4).map(({ offset, length }) => `${hex(offset)}+${sizeText(length)}`);
  return texts.join(' ') + (ranges.length > 4 ? ` and ${ranges.length - 4} more` : '');
}

const UNITS: readonly (readonly [string, bigint])[] = [
  ['TiB', 1n << 40n],
  ['GiB', 1n << 30n],
  ['MiB', 1n << 20n],
  ['KiB', 1n << 10n],
];

/** Bytes in the largest unit that divides them. */
export function sizeText(bytes: bigint): string {
  for (const [unit, size] of UNITS) if (bytes >= size && bytes % size === 0n) return `${bytes / size} ${unit}`;
  return `${bytes} B`;
}
