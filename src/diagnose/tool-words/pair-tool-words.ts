/** What tools say of pairs and devices, for the functions that their labels stand for. */
import { unshown } from '../../base/index.ts';
import type { CapturePart } from '../../capture/index.ts';
import type { PciFunction, PciTopology } from '../../pci/index.ts';
import { type Bdf, parseBdf } from '../../uapi/index.ts';

/** What a tool says of a pair, or of one of it. */
export interface PairToolWords {
  /** The devices, as the tool calls them. */
  readonly devices: readonly string[];
  /** As printed: `PIX`, `NS`, a line of NCCL. Untrusted text. */
  readonly text: string;
  readonly passage: CapturePart['origin']['passage'];
  readonly source: string;
  readonly line: number;
}

/** In the order of the input. A label that may be of several functions is of none. */
export function toolWordsOfPair(
  topology: PciTopology,
  provider: PciFunction,
  client: PciFunction,
): readonly PairToolWords[] {
  const functionOf = resolver(topology);
  const pair = new Set([provider.bdf, client.bdf]);
  return topology.capture.parts.flatMap(({ origin, topology: classes = [], toolWords = [] }) => {
    const said = [...classes.map(({ a, b, words, line }) => ({ devices: [a, b], text: words, line })), ...toolWords];
    return said
      .filter(({ devices }) => {
        const named = devices.map(functionOf);
        return named.every((bdf) => bdf !== undefined && pair.has(bdf)) && new Set(named).size === devices.length;
      })
      .map(({ devices, text, line }) => ({ devices, text, line, source: origin.source, passage: origin.passage }));
  });
}

/** From what tools call devices to functions. */
function resolver({ capture }: PciTopology): (label: string) => Bdf | undefined {
  const labels = capture.parts.flatMap(({ labels: each = [] }) => each);
  const bdfs = new Map<string, Set<Bdf>>();
  const add = (name: string, bdf: Bdf): unknown => bdfs.set(name, (bdfs.get(name) ?? new Set()).add(bdf));
  for (const { bdf, systemNames = [] } of capture.functions)
    for (const { name } of systemNames) add(unshown(name), bdf);
  for (const { label, bdf } of labels) if (bdf !== undefined) add(label, bdf);
  for (const { label, alias } of labels) for (const bdf of bdfs.get(alias ?? '') ?? []) add(label, bdf);
  return (label) => {
    const [only, ...others] = bdfs.get(label) ?? [];
    return others.length > 0 ? undefined : (only ?? parseBdf(label));
  };
}
