import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze.ts';
import { readInput } from '../../src/archive/index.ts';
import { assert } from '../../src/base/index.ts';
import { joinParts, type MachineCapture, readText } from '../../src/capture/index.ts';
import {
  agreement,
  examine,
  imagine,
  kernelDisagreements,
  kernelWords,
  wordsOfPair,
} from '../../src/diagnose/index.ts';
import { calcMapTypeAndDist } from '../../src/p2pdma/index.ts';
import { formatBdf, kernelVersion, parseBdf } from '../../src/uapi/index.ts';

const MACHINE = join(import.meta.dirname, '../machines/acsswitch-intel/capture.tar.gz');
const [GPU0, GPU1, ALONE] = ['0000:03:00.0', '0000:04:00.0', '0000:06:00.0'];

/** The recorded machine (three devices below a switch that redirects, one elsewhere) with a log beside it. */
async function machineWithLog(...messages: string[]): Promise<ReturnType<typeof analyze>> {
  const capture = await readInput(new Uint8Array(readFileSync(MACHINE)), 'capture.tar.gz');
  assert(capture.ok, 'a capture');
  const lines = messages.map((message, i) => `[   20.00${i}] pci ${message}\n`).join('');
  const log = readText(new TextEncoder().encode(lines), 'dmesg.txt');
  const joined = joinParts([...capture.value.parts, ...log.parts]);
  assert(joined.ok, 'one machine');
  return analyze(joined.value satisfies MachineCapture);
}

const REFUSED = `do not share an upstream bridge or whitelisted host bridge`;
const REDIRECTED = [
  `${GPU1}: ACS redirect is set between the client and provider (${GPU0})`,
  `${GPU1}: to disable ACS redirect for this path, add the kernel parameter: pci=disable_acs_redir=0000:02:00.0;0000:02:01.0`,
];

describe("the kernel's own words", () => {
  it('are found for their pair with line and source, hints with the message they belong to', async () => {
    const { machine, topology } = await machineWithLog(
      ...REDIRECTED,
      `0000:00:00.0: Host bridge not in P2PDMA whitelist: 8086:29c0`,
      `${ALONE}: cannot be used for peer-to-peer DMA as the client and provider (${GPU0}) ${REFUSED}`,
    );
    const told = kernelWords(machine).map(({ provider, client, messages, source }) => ({
      pair: `${formatBdf(provider.bdf)} ${formatBdf(client.bdf)}`,
      lines: messages.map(({ line, says }) => `${line} ${says}`),
      source,
    }));
    expect(told).toEqual([
      { pair: `${GPU0} ${GPU1}`, lines: ['1 redirected', '2 hint'], source: 'dmesg.txt' },
      { pair: `${GPU0} ${ALONE}`, lines: ['3 hint', '4 not-allowed'], source: 'dmesg.txt' },
    ]);
    const [a, b] = [GPU0, GPU1].map((name) => topology.byBdf.get(parseBdf(name) ?? (0 as never)));
    assert(a !== undefined && b !== undefined, 'both devices');
    expect(wordsOfPair(machine, b, a)).toHaveLength(1);
  });

  it('agree with the model where the recorded kernel spoke', async () => {
    const { machine, situation } = await machineWithLog(
      ...REDIRECTED,
      `${ALONE}: cannot be used for peer-to-peer DMA as the client and provider (${GPU0}) ${REFUSED}`,
    );
    expect(kernelDisagreements(machine)).toEqual([]);
    expect(examine(situation).map(({ code }) => code)).not.toContain('kernel-disagrees');
  });

  it('are the first finding where the model answers otherwise', async () => {
    // On this machine redirect is on: directly is what no kernel can have said of a pair that it refused as redirected.
    const { machine } = await machineWithLog(...REDIRECTED);
    const [words] = kernelWords(machine);
    assert(words !== undefined, 'words');
    const verdict = calcMapTypeAndDist(machine, words.provider, words.client);
    expect(agreement(machine, words, { ...verdict, mapType: 'PCI_P2PDMA_MAP_BUS_ADDR' })).toBe('disagrees');
    expect(agreement(machine, words, { ...verdict, mapType: 'unknown' })).toBe('open');
    const self = await machineWithLog(
      `0000:00:1f.2: cannot be used for peer-to-peer DMA as the client and provider (0000:00:1f.2) ${REFUSED}`,
    );
    const found = examine(self.situation);
    expect(found[0]).toMatchObject({ code: 'kernel-disagrees' });
  });

  it('are not held against a machine that is only supposed', async () => {
    const { machine } = await machineWithLog(...REDIRECTED);
    const other = imagine(machine, { kernel: kernelVersion(5, 0) }).machine;
    const [words] = kernelWords(other);
    assert(words !== undefined, 'words');
    const verdict = calcMapTypeAndDist(other, words.provider, words.client);
    expect(agreement(other, words, verdict)).toBe('other-machine');
    expect(kernelDisagreements(other)).toEqual([]);
  });
});
