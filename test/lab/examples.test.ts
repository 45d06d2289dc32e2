/** The programs in examples/ do what they say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

const OUTPUTS: Readonly<Record<string, readonly RegExp[]>> = {
  'verdict.ts': [/^0000:06:00\.0 -> 0000:03:00\.0: PCI_P2PDMA_MAP_NOT_SUPPORTED \(.*host-bridge/m],
  'table.ts': [
    /^PCI_P2PDMA_MAP_THRU_HOST_BRIDGE\nflow iova, 2 entries of iova addresses\n {2}0x[0-9a-f]+ \+ 0xfffff000\n/,
    /^every byte is proved to arrive$/m,
  ],
  'what-if.ts': [
    /^5\.0: off BUS_ADDR, pt NOT_SUPPORTED, dma NOT_SUPPORTED$/m,
    /^7\.3: off BUS_ADDR, pt THRU_HOST_BRIDGE,/m,
  ],
  'lab.ts': [/> NIC0 is told to unmap dma, and does/, /✓ stopped iommu-fault\npassed$/],
};

const programs = readdirSync('examples').filter((name) => name.endsWith('.ts'));

test('every program has its output told here, and fits a screen', () => {
  expect(programs.toSorted()).toEqual(Object.keys(OUTPUTS).toSorted());
  for (const name of programs) {
    expect([name, readFileSync(`examples/${name}`, 'utf8').split('\n').length]).toEqual([
      name,
      expect.toSatisfy((n) => n < 60),
    ]);
  }
});

test.each(programs)('examples/%s', async (name) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(/* @vite-ignore */ join(process.cwd(), 'examples', name));
  const text = log.mock.calls.map(([line]) => String(line)).join('\n');
  log.mockRestore();
  for (const output of OUTPUTS[name] ?? []) expect(text).toMatch(output);
});
