/** Steps in words. */
import { byteText, hex } from '../../base/index.ts';
import type { EXPORTERS, Step } from './scenario.ts';

/** One line, without its outcome. */
export function stepTitle(step: Step): string {
  switch (step.action) {
    case 'verdict':
      return `may ${step.client} reach memory of ${step.provider}?`;
    case 'export':
      return `${EXPORTER_TEXT[step.exporter ?? 'vfio']} BAR ${step.bar} of ${step.device} as ${step.as}: ${rangesText(step.ranges)}`;
    case 'attach':
      return `${step.device} attaches to ${step.buffer} as ${step.as} (${step.importer} importer, ${step.maskBits}-bit DMA mask)`;
    case 'map':
      return `map ${step.attachment} as ${step.as}`;
    case 'write':
    case 'read':
      return `${step.action} ${byteText(step.length)} ${targetText(step)}`;
    case 'poke':
      return `the processor writes ${byteText(step.length)} to BAR ${step.bar} of ${step.device} at ${hex(step.offset)}`;
    case 'peek':
      return `the processor reads ${byteText(step.length)} of BAR ${step.bar} of ${step.device} at ${hex(step.offset)}`;
    case 'reg-mr':
      return `${step.device} (${step.driver}) registers ${hex(step.offset)}+${byteText(step.length)} of ${step.buffer} as ${step.as}: ${['local-read', ...step.access].join(', ')}`;
    case 'dereg-mr':
      return `deregister ${step.name}`;
    case 'ioas':
      return `an address space of iommufd for ${step.device}: ${step.as}`;
    case 'map-file':
      return `map ${hex(step.offset)}+${byteText(step.length)} of ${step.buffer} into ${step.space} at ${hex(step.iova)} (${step.access.join(', ')})`;
    case 'unmap-file':
      return `unmap ${hex(step.iova)}+${byteText(step.length)} of ${step.space}`;
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
  const texts = ranges.slice(0, 4).map(({ offset, length }) => `${hex(offset)}+${byteText(length)}`);
  return texts.join(' ') + (ranges.length > 4 ? ` and ${ranges.length - 4} more` : '');
}

/** Who exports, before what. */
const EXPORTER_TEXT: Readonly<Record<(typeof EXPORTERS)[number], string>> = {
  vfio: 'export',
  gpu: 'the GPU’s driver exports memory behind',
  list: 'a driver exports addresses of',
};
