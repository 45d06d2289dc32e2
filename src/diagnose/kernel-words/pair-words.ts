/** What the kernel that ran said of pairs in its log, beside what the model says of them. */
import { factValue, type KernelPeerMessage } from '../../capture/index.ts';
import { calcMapTypeAndDist, type P2pdmaMachine, type Verdict } from '../../p2pdma/index.ts';
import { acsOf, type PciFunction } from '../../pci/index.ts';
import { compareKernelVersion, parseKernelRelease } from '../../uapi/index.ts';

/** Messages about one pair, in the order of the log. */
export interface PairWords {
  readonly provider: PciFunction;
  readonly client: PciFunction;
  readonly messages: readonly KernelPeerMessage[];
  /** Where the log stands. */
  readonly source: string;
}

/** How an answer of the model stands to the words of the kernel; `other-machine`: a what-if, which no kernel has seen. */
export type Agreement = 'agrees' | 'disagrees' | 'open' | 'other-machine';

/** All pairs that the log speaks of, with both devices known. A hint belongs to the message that it follows. */
export function kernelWords({ topology }: P2pdmaMachine): readonly PairWords[] {
  const pairs = new Map<string, PairWords & { readonly messages: KernelPeerMessage[] }>();
  for (const { messages = [], origin } of topology.capture.parts) {
    let before: KernelPeerMessage[] | undefined;
    let waiting: KernelPeerMessage[] = [];
    for (const message of messages) {
      const provider = message.provider === undefined ? undefined : topology.byBdf.get(message.provider);
      const client = message.client === undefined ? undefined : topology.byBdf.get(message.client);
      if (provider === undefined || client === undefined) {
        // Which ports redirect comes behind the pair, which host bridge is not listed before it.
        if (/kernel parameter/.test(message.text)) before?.push(message);
        else if (message.says === 'hint') waiting.push(message);
        continue;
      }
      const key = `${provider.index} ${client.index}`;
      const pair = pairs.get(key) ?? { provider, client, messages: [], source: origin.source };
      pairs.set(key, pair);
      pair.messages.push(...waiting, message);
      waiting = [];
      before = pair.messages;
    }
  }
  return [...pairs.values()];
}

/** The words about this pair, and about it the other way round. */
export function wordsOfPair(machine: P2pdmaMachine, provider: PciFunction, client: PciFunction): readonly PairWords[] {
  return kernelWords(machine).filter(
    (words) =>
      (words.provider === provider && words.client === client) ||
      (words.provider === client && words.client === provider),
  );
}

/** Pairs for which model and kernel differ, with the answer of the model. */
export function kernelDisagreements(
  machine: P2pdmaMachine,
): readonly { readonly words: PairWords; readonly verdict: Verdict }[] {
  if (!isAsCaptured(machine)) return [];
  return kernelWords(machine).flatMap((words) => {
    const verdict = calcMapTypeAndDist(machine, words.provider, words.client);
    return agreement(machine, words, verdict) === 'disagrees' ? [{ words, verdict }] : [];
  });
}

/** Does `verdict` fit the words? `verdict` may be of the other direction of the pair: redirect and lists know none. */
export function agreement(machine: P2pdmaMachine, { messages }: PairWords, { mapType }: Verdict): Agreement {
  if (!isAsCaptured(machine)) return 'other-machine';
  if (mapType === 'unknown') return 'open';
  const says = new Set(messages.map((message) => message.says));
  // Told to be redirected and not refused, the pair goes through the host bridge.
  if (says.has('not-allowed')) return mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED' ? 'agrees' : 'disagrees';
  return mapType === 'PCI_P2PDMA_MAP_BUS_ADDR' ? 'disagrees' : 'agrees';
}

/** Is the machine the one that wrote the log: its kernel, its registers, its IOMMU? */
function isAsCaptured(machine: P2pdmaMachine): boolean {
  const { kernel, kernelSource, topology, acs, iommuInUse, hostBridgeIds } = machine;
  const release = factValue(topology.capture.kernel.release);
  const read = release === undefined ? undefined : parseKernelRelease(release);
  if (kernelSource === 'chosen' && (read === undefined || compareKernelVersion(read, kernel) !== 0)) return false;
  if (iommuInUse !== undefined || hostBridgeIds !== undefined) return false;
  return topology.functions.every((fn) => {
    const registers = acsOf(acs, fn);
    return registers.state !== 'known' || registers.value.source === 'input';
  });
}
