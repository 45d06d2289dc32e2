import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const SETPCI = 'test/machines/acsswitch-none-setpci/capture.tar.gz';
const INTEL = 'test/machines/acsswitch-intel/capture.tar.gz';
const ARM = 'test/machines/arm-domains-none/capture.tar.gz';
const LSPCI = 'test/machines/acsswitch-lspci/lspci.txt';

function json(args: readonly string[]): Record<string, unknown> {
  return JSON.parse(peerpath([...args, '--json']).stdout) as Record<string, unknown>;
}

describe('map', () => {
  test('within a switch the table holds bus addresses, proved by reads and writes', () => {
    expect(json(['map', '04:00.0:0', '05:00.0', SETPCI, '--range', '0+4K', '--range', '8K+8K'])).toMatchObject({
      schema: 'peerpath.map/1',
      flow: 'bus-addr',
      errno: null,
      physVec: [
        ['0xfda00000', '0x1000'],
        ['0xfda02000', '0x2000'],
      ],
      nents: 2,
      origNents: 0,
      sg: [
        ['0xfda00000', '0x1000'],
        ['0xfda02000', '0x2000'],
      ],
      origin: [
        { chunk: 0, pieces: [{ range: 0, offset: '0x0', length: '0x1000' }] },
        { chunk: 0, pieces: [{ range: 1, offset: '0x0', length: '0x2000' }] },
      ],
      proof: { write: { proved: true, bytes: '0x3000' }, read: { proved: true } },
    });
  });

  test('a host bridge that translates: the entry is the bus address, not the address of the CPU', () => {
    expect(json(['map', '0001:43:00.0:0', '0001:44:00.0', ARM])).toMatchObject({
      physVec: [['0x20000000', '0x100000']],
      busOffset: '0x60000000',
      sg: [['0x80000000', '0x100000']],
      proof: { write: { proved: true } },
    });
  });

  test('through a translating IOMMU: one run of I/O addresses, size aligned, below 4 GiB first', () => {
    expect(json(['map', '03:00.0:0', '06:00.0', INTEL, '--cpu', 'zen'])).toMatchObject({
      flow: 'iova',
      sg: [['0xfff00000', '0x100000']],
      proof: { write: { proved: true }, read: { proved: true } },
    });
  });

  test('more than one range through an IOMMU fails as the kernel does, and works as it was meant', () => {
    const args = ['map', '03:00.0:0', '06:00.0', INTEL, '--cpu', 'zen', '--range', '0+4K', '--range', '16K+8K'];
    const faithful = peerpath([...args, '--json']);
    expect(faithful.code).toBe(1);
    expect(JSON.parse(faithful.stdout)).toMatchObject({
      errno: 'EADDRINUSE',
      step: expect.stringContaining('dma_iova_link'),
      defects: expect.arrayContaining(['iova-link-offset-zero']),
      sg: [],
    });
    expect(json([...args, '--kernel', 'intended'])).toMatchObject({
      errno: null,
      nents: 1,
      proof: { write: { proved: true, bytes: '0x3000' } },
      defects: [],
    });
  });

  test('several kernels are held against each other: where the no comes, which, and what importers get', () => {
    const args = ['map', '03:00.0:0', '06:00.0', INTEL, '--cpu', 'zen', '--range', '0+4K', '--range', '16K+8K'];
    const { schema, kernels } = json([...args, '--kernel', '7.3,mapping-types-rfc1-intended']) as {
      schema: string;
      kernels: { name: string; imports: Record<string, unknown>[] }[];
    };
    expect(schema).toBe('peerpath.map-compare/1');
    expect(kernels.map(({ name }) => name)).toEqual(['7.3', 'mapping-types-rfc1-intended']);
    expect(kernels[0]?.imports).toMatchObject([
      { importer: 'dynamic', state: 'refused', step: 'map', errno: 'EADDRINUSE' },
      { importer: 'static', state: 'refused', step: 'attach', errno: 'EOPNOTSUPP' },
      { importer: 'iommufd', state: 'refused', step: 'map', errno: 'EOPNOTSUPP' },
      { importer: 'own-link', state: 'refused', step: 'map', errno: 'EADDRINUSE' },
    ]);
    expect(kernels[1]?.imports).toMatchObject([
      { state: 'table', flow: 'iova', entries: 1, proof: 'proved', defects: [] },
      { state: 'refused', step: 'attach', errno: 'EINVAL' },
      { state: 'list', ranges: 2, iova: '0x100000000', proof: 'proved', defects: [] },
      { state: 'table', flow: 'iova', entries: 1, proof: 'proved' },
    ]);
    const text = peerpath([...args, '--kernel', '7.3,mapping-types-rfc1']);
    expect([text.code, text.stdout.split('\n').slice(0, 2).join(' ')]).toEqual([
      0,
      expect.stringMatching(
        /^Compared: .* under 7\.3 and mapping-types-rfc1: 2 of 4 kinds of importers are answered otherwise\./,
      ),
    ]);
    const wrong = peerpath([...args, '--kernel', '7.3,nothing']);
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect(peerpath([...args, '--kernel', '7.3,6.12']).code).toBe(2);
  });

  test('several kernels are asked about the devices that labels name, as about their addresses', () => {
    const [byLabel, byAddress] = [
      ['gpu0:2', 'nic0'],
      ['18:00.0:2', '1a:00.0'],
    ].map((devices) => json(['map', ...devices, 'examples/machines/hgx-8gpu.yaml', '--kernel', '7.3,intended']));
    expect(byLabel).toEqual(byAddress);
    expect(byLabel).toMatchObject({ kernels: [{ imports: [{ importer: 'dynamic', flow: 'iova' }, {}, {}, {}] }, {}] });
  });

  test('mapping types end at attach what ended at map', () => {
    const refused = peerpath(['map', '03:00.0:0', '06:00.0', INTEL, '--kernel', 'mapping-types-rfc1', '--json']);
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([
      1,
      {
        errno: 'EINVAL',
        step: expect.stringContaining('dma_buf_match_mapping'),
        kernel: { variant: 'mapping-types-rfc1' },
      },
    ]);
  });

  test('--iommu changes the flow: pass-through gives physical addresses', () => {
    expect(json(['map', '03:00.0:0', '06:00.0', INTEL, '--cpu', 'zen', '--iommu', 'pt'])).toMatchObject({
      flow: 'direct',
      sg: [['0xfdc00000', '0x100000']],
    });
  });

  test('--dma-mask below the addresses is refused through the host bridge', () => {
    const run = peerpath(['map', '03:00.0:0', '06:00.0', INTEL, '--cpu', 'zen', '--iommu', 'pt', '--dma-mask', '24']);
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/^Refused with -ENOMEM/);
  });

  test('an unknown verdict is an unknown table: exit 3', () => {
    const run = peerpath(['map', '03:00.0:0', '04:00.0', LSPCI]);
    expect(run.code).toBe(3);
    expect(run.stdout).toMatch(/^Unknown:/);
  });

  const refused: [string, string[], RegExp][] = [
    ['a BAR that is not there', ['03:00.0:1', '04:00.0'], /BAR 1 of 0000:03:00\.0 is not there/],
    ['no BAR', ['03:00.0', '04:00.0'], /write PROVIDER:BAR/],
    ['an importer that is not there', ['03:00.0:0', '99:00.0'], /no device "99:00\.0"/],
    ['an I/O BAR', ['00:1f.2:4', '04:00.0'], /holds I\/O ports/],
    ['a range outside the BAR', ['03:00.0:0', '04:00.0', '--range', '0+2M'], /reaches over its end/],
    ['an unaligned range', ['03:00.0:0', '04:00.0', '--range', '1+4K'], /not aligned/],
    ['an empty range', ['03:00.0:0', '04:00.0', '--range', '0+0'], /is empty/],
    ['overlapping ranges', ['03:00.0:0', '04:00.0', '--range', '0+8K', '--range', '4K+4K'], /overlap/],
    ['a length over 2^64', ['03:00.0:0', '04:00.0', '--range', '0+0x1ffffffffffffffff'], /does not fit 64 bits/],
    ['a range that is no range', ['03:00.0:0', '04:00.0', '--range', '4K'], /OFFSET\+LENGTH/],
    ['a mask of no bits', ['03:00.0:0', '04:00.0', '--dma-mask', '65'], /from 1 to 64/],
    ['a kernel without the routine', ['03:00.0:0', '04:00.0', '--kernel', '6.12'], /came with 6\.19/],
  ];
  test.each(refused)('%s: 2 and one sentence', (_, args, sentence) => {
    const run = peerpath(['map', ...args.slice(0, 2), SETPCI, ...args.slice(2)]);
    expect([run.code, run.stdout]).toEqual([2, '']);
    expect(run.stderr).toMatch(sentence);
  });
});

describe('trace', () => {
  test('a request to a peer below one switch turns there', () => {
    const { traces } = json(['trace', '05:00.0', '0xfda00010', SETPCI]) as { traces: Record<string, unknown>[] };
    expect(traces[0]).toMatchObject({
      kind: 'write',
      end: { kind: 'function', bdf: '0000:04:00.0', bar: 0, offset: '0x10' },
    });
  });

  test('a pair is mapped and followed, write and read, with the way of the completions', () => {
    const { traces } = json(['trace', '04:00.0:0', '05:00.0', SETPCI]) as { traces: Record<string, unknown>[] };
    expect(traces.map((trace) => trace['kind'])).toEqual(['write', 'read']);
    expect(traces[1]?.['completion']).toMatchObject({ end: { kind: 'returned' } });
  });

  test('an address that nothing claims ends where it stops: exit 1', () => {
    const run = peerpath(['trace', '05:00.0', '0xfffffffffff00000', SETPCI, '--iommu', 'off']);
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/stops here/);
  });

  test('--via takes a printed table for the I/O page table', () => {
    const folder = mkdtempSync(join(tmpdir(), 'peerpath-'));
    try {
      const table = join(folder, 'table.json');
      writeFileSync(table, peerpath(['map', '03:00.0:0', '06:00.0', INTEL, '--cpu', 'zen', '--json']).stdout);
      const hit = json(['trace', '06:00.0', '0xfff00040', INTEL, '--via', table]) as { traces: { end: unknown }[] };
      expect(hit.traces[0]?.end).toMatchObject({ kind: 'function', bdf: '0000:03:00.0', offset: '0x40' });
      const miss = json(['trace', '06:00.0', '0xffe00000', INTEL, '--via', table]) as { traces: { end: unknown }[] };
      expect(miss.traces[0]?.end).toMatchObject({ kind: 'stopped', reason: 'iommu-fault' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(['null', '[]', '7', '{}'])('--via of a file that holds %s is refused', (text) => {
    const folder = mkdtempSync(join(tmpdir(), 'peerpath-'));
    writeFileSync(join(folder, 'table.json'), text);
    const { code, stderr } = peerpath(['trace', '06:00.0', '0x1000', INTEL, '--via', join(folder, 'table.json')]);
    rmSync(folder, { recursive: true });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/is no peerpath\.map\/1 document; make one with/)]);
  });

  test('a file that is no table: 2 and one sentence', () => {
    const run = peerpath(['trace', '06:00.0', '0x1000', INTEL, '--via', 'package.json']);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/package\.json/);
  });
});

describe('under a what-if that changes registers', () => {
  const HGX = 'examples/machines/hgx-8gpu.yaml';

  test('packets meet the registers of the what-if, so the proof holds for its table', () => {
    expect(json(['map', 'gpu0:0', 'nic0', HGX, '--acs', 'clear:all'])).toMatchObject({
      flow: 'bus-addr',
      proof: { write: { proved: true }, read: { proved: true } },
    });
    const { traces } = json(['trace', 'gpu0:0', 'nic0', HGX, '--acs', 'clear:all']) as {
      traces: { hops: { rule: string }[] }[];
    };
    expect(traces[0]?.hops.map(({ rule }) => rule)).not.toContain('acs-request-redirect');
  });
});

describe('lspci text of a machine whose host bridges may translate', () => {
  const text = readFileSync('test/fixtures/lspci/translated-recorded-x.txt', 'utf8').replaceAll(
    /^[0-9a-f]{2}: .*\n/gm,
    '',
  );

  test('a table of bus addresses is unknown, with what is missing and what it would be', () => {
    const run = peerpath(['map', '43:00.0:0', '44:00.0', '-'], text);
    expect(run.code).toBe(3);
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /^Unknown: .*if not, the table holds these, from 0x20000000 on, else .*"lspci -xxxx"/,
    );
    const map = JSON.parse(peerpath(['map', '43:00.0:0', '44:00.0', '-', '--json'], text).stdout);
    expect(map).toMatchObject({ state: 'unknown', busOffset: null });
    const devices = JSON.parse(peerpath(['devices', '-', '--json'], text).stdout);
    const bars = devices.functions.flatMap((fn: { bars: { busAddress: string | null }[] }) => fn.bars);
    expect(bars.map((bar: { busAddress: string | null }) => bar.busAddress)).toContain(null);
  });
});
