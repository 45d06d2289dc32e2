/** Which pairs change between two situations. */
import { cellMapType, type MapTypeMatrix, matrixCell } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import type { MapType } from '../uapi/index.ts';

/** One ordered pair whose answer changes. */
export interface PairChange {
  readonly provider: PciFunction;
  readonly client: PciFunction;
  readonly from: MapType | 'unknown';
  readonly to: MapType | 'unknown';
}

/** The pairs of `functions` whose map types differ. */
export function pairChanges(
  before: MapTypeMatrix,
  after: MapTypeMatrix,
  functions: readonly PciFunction[],
): readonly PairChange[] {
  return functions.flatMap((provider) =>
    functions.flatMap((client) => {
      const from = cellMapType(matrixCell(before, provider, client));
      const to = cellMapType(matrixCell(after, provider, client));
      return provider === client || from === to ? [] : [{ provider, client, from, to }];
    }),
  );
}
