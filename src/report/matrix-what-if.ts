/** What a what-if changes about all pairs: the lines above the matrix. */
import type { PciFunction } from '../pci/index.ts';
import { changeLines, changeSummary } from './change-list.ts';
import type { DeviceNames } from './names.ts';
import type { Paint } from './paint.ts';
import type { MatrixWhatIf } from './to-json.ts';
import { whatIfLines } from './what-if-text.ts';

/** The answer first: how many pairs change, to what, and which. */
export function matrixWhatIfLines(
  { report, changes }: MatrixWhatIf,
  functions: readonly PciFunction[],
  names: DeviceNames,
  paint: Paint,
): string[] {
  return [
    paint.bold(`With this change, ${changeSummary(changes, functions.length)}`),
    ...changeLines(changes, names).map((line) => `  ${line}`),
    ...whatIfLines(report, names, paint),
  ];
}
