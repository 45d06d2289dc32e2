/** Whether host bridges may translate addresses where the input shows no bus address. */
import type { MachineCapture } from '../capture/index.ts';
import type { Platform } from './platform/index.ts';

/**
 * True for lspci output of a machine that nothing shows to be x86, whose host bridges never translate: lspci prints
 * CPU addresses. Other inputs have registers beside them.
 */
export function mayTranslateUnseen({ source }: MachineCapture, { architecture }: Platform): boolean {
  const printed = ['lspci-text', 'lspci-hex', 'report'].includes(source.kind);
  return printed && !(architecture.state === 'known' && architecture.value === 'x86');
}
