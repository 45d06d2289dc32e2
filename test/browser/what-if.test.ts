/** Questions: every bit of every port, what they change, the way back, and the kernel parameters. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MACHINE_1000, switchedMachineText } from '../../bench/switched-machine.ts';
import {
  axeViolations,
  closePage,
  dropFile,
  FROM_DISK,
  inChromium,
  openPage,
  ownChromium,
  settled,
  type Watched,
} from './browser.ts';

const chromium = ownChromium();
const PHONE = { viewport: { width: 380, height: 780 } };
const LAPTOP = { viewport: { width: 1440, height: 900 } };

/** A machine dropped on a fresh page, with the what-if beside it. */
async function openWhatIf(browser: Browser, description: string, size: typeof PHONE): Promise<Watched> {
  const watched = await openPage(browser, FROM_DISK, size);
  await dropFile(watched.page, { name: 'machine.yaml', bytes: Buffer.from(description) });
  await watched.page.waitForSelector('.machine', { timeout: 60_000 });
  await watched.page.click('[data-view=whatif]');
  return watched;
}

const focused = (page: Page): Promise<string | null> =>
  page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? null,
  );

inChromium('the ports of a machine of 1,000 endpoints', () => {
  describe.each([
    ['phone', PHONE],
    ['laptop', LAPTOP],
  ])('on a %s', (_, size) => {
    let watched: Watched;
    beforeAll(async () => {
      watched = await openWhatIf(chromium(), switchedMachineText(MACHINE_1000), size);
    });
    afterAll(() => closePage(watched));

    test('are one list, of which only what is in sight exists', async () => {
      const { page } = watched;
      await expect.poll(() => page.getAttribute('[role=grid]', 'aria-rowcount')).toBe('1041');
      await expect.poll(() => page.locator('[role=grid] [role=row]').count()).toBeLessThan(60);
      await page.locator('[role=grid]').evaluate((grid) => {
        grid.scrollTop = grid.scrollHeight;
      });
      await page.waitForSelector('[role=row][aria-rowindex="1041"]');
      await page.click('[role=row][aria-rowindex="1041"] [data-bit=ReqRedir]');
      await page.waitForSelector('.parameters >> text=0009:00:04.0');
      await page.click('.question >> text=Undo');
      await page.waitForSelector('.question >> text=nothing is changed');
    });

    test('are one tab stop, and arrow keys lead to every bit', async () => {
      const { page } = watched;
      await expect.poll(() => page.locator('[role=grid] [tabindex="0"]').count()).toBe(1);
      await page.focus('[role=grid] [tabindex="0"]');
      await page.keyboard.press('Control+Home');
      await expect.poll(() => focused(page)).toBe('0000:00:01.0');
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => focused(page)).toBe('SrcValid of 0000:00:01.0');
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowDown');
      await expect.poll(() => focused(page)).toBe('DirectTrans of 0000:00:02.0');
      await page.keyboard.press('Control+End');
      await expect.poll(() => focused(page)).toMatch(/^DirectTrans of 0009:/);
      await page.keyboard.press('Enter');
      await page.waitForSelector('.parameters >> text=pci=config_acs=1xxxxxx@0009:');
      await expect.poll(() => focused(page)).toMatch(/^DirectTrans of 0009:.*, changed$/);
      await page.keyboard.press('Home');
      await page.keyboard.press('PageUp');
      await expect.poll(() => focused(page)).toMatch(/^0009:/);
      await expect.poll(() => page.locator('[role=grid] [tabindex="0"]').count()).toBe(1);
      await page.click('.question >> text=Undo');
      await settled(page);
    });

    test('can be filtered, and written all at once', async () => {
      const { page } = watched;
      await page.fill('[aria-label="Filter ports"]', '0003:');
      await page.waitForSelector('.ports-tools >> text=104 of 1040');
      await expect.poll(() => page.getAttribute('[role=grid]', 'aria-rowcount')).toBe('105');
      await page.click('text=Clear redirect');
      await page.waitForSelector('.question >> text=ACS of 104 ports (2,400 pairs changed)');
      expect(await axeViolations(page)).toEqual([]);
      await page.click('.question >> text=As it is');
      await page.waitForSelector('.question >> text=nothing is changed');
      await page.fill('[aria-label="Filter ports"]', 'nothing is called that');
      await page.waitForSelector('text=No port matches.');
      await page.fill('[aria-label="Filter ports"]', '');
    });
  });
});

inChromium('what a question changes', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`);
    await watched.page.click('[data-view=whatif]');
    await watched.page.fill('[aria-label="Filter ports"]', '0000:17');
    await watched.page.click('text=Clear redirect');
    await watched.page.waitForSelector('.changes summary');
  });
  afterAll(() => closePage(watched));

  test('is listed pair by pair, each of which can be chosen', async () => {
    const { page } = watched;
    await expect
      .poll(() => page.textContent('.changes summary'))
      .toMatch(/^56 pairs: .*through the host bridge.*direct$/);
    await page.locator('.changes li', { hasText: 'Memory of NVME0' }).locator('[data-pair^="0000:18:00.0 "]').click();
    await page.waitForSelector('.verdict.direct');
    await expect.poll(() => new URL(page.url()).hash).toContain('client=0000:18:00.0');
    await page.click('[data-view=whatif]');
  });

  test('is what the matrix can be narrowed to', async () => {
    const { page } = watched;
    await page.check('text=only changed');
    await page.waitForSelector('[aria-label^="8 by 8 devices"]');
    await page.focus('.matrix-scroll');
    await page.keyboard.press('Home');
    await expect
      .poll(() => page.textContent('p.unseen[aria-live=polite]'))
      .toMatch(/^\w+ to memory of \w+: direct, now through the host bridge$/);
    await page.uncheck('text=only changed');
    await page.waitForSelector('[aria-label^="33 by 33 devices"]');
    await page.click('[data-view=whatif]');
  });

  test('names the groups that merge', async () => {
    const { page } = watched;
    await expect.poll(() => page.textContent('.group-changes')).toMatch(/\d+ IOMMU groups become one/);
  });
});

inChromium('the way back', () => {
  test.each([
    ['phone', PHONE],
    ['laptop', LAPTOP],
  ])('undo walks back every change and redo forth, with the parameters always in sight: %s', async (_, size) => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`, size);
    const { page } = watched;
    await page.click('[data-view=whatif]');
    const seen: string[] = [];
    const shown = async (change: () => Promise<void>): Promise<void> => {
      const before = await page.locator('.parameters').allTextContents();
      await change();
      await settled(page);
      await expect.poll(() => page.locator('.parameters').allTextContents()).not.toEqual(before);
      await expect.poll(() => page.locator('.parameters').evaluate(inSight)).toBe(true);
      seen.push((await page.textContent('.parameters')) ?? '');
    };
    await shown(() => page.click('[data-port="0000:17:00.0"][data-bit=ReqRedir]'));
    await shown(() => page.click('[data-port="0000:17:01.0"][data-bit=SrcValid]'));
    await shown(() => page.check('text=pass-through'));
    await shown(() => page.check('text=translate, lazy'));
    expect(new Set(seen).size).toBe(4);
    for (const earlier of seen.slice(0, -1).reverse()) {
      await page.click('.question >> text=Undo');
      await expect.poll(() => page.textContent('.parameters')).toBe(earlier);
    }
    await page.click('.question >> text=Redo');
    await expect.poll(() => page.textContent('.parameters')).toBe(seen[1]);
    await page.click('.question >> text=As it is');
    await page.waitForSelector('.question >> text=nothing is changed');
    expect(await page.textContent('.parameters')).toBe('no kernel parameter to add');
    // What was given up, and what was taken back to the first change, can be had again.
    await page.click('.question >> text=Undo');
    await expect.poll(() => page.textContent('.parameters')).toBe(seen[1]);
    for (const _ of [0, 1]) await page.click('.question >> text=Undo');
    await page.waitForSelector('.question >> text=nothing is changed');
    await expect.poll(() => page.isDisabled('.question >> text=Undo')).toBe(true);
    await page.click('.question >> text=Redo');
    await expect.poll(() => page.textContent('.parameters')).toBe(seen[0]);
    await closePage(watched);
  });
});

inChromium('kernel parameters', () => {
  test('take up what the command line of the machine says, in the what-if and for a pair', async () => {
    const machine = switchedMachineText({ ...MACHINE_1000, hostBridges: 1, switches: 1, gpus: 1, nics: 1, drives: 0 });
    const line = 'cmdline: quiet intel_iommu=on,sm_on iommu=pt pci=noats';
    const watched = await openWhatIf(chromium(), machine.replace('cmdline: intel_iommu=on', line), LAPTOP);
    const { page } = watched;
    const parameter = 'pci=noats,disable_acs_redir=0000:00:01.0/00.0/00.0;0000:00:01.0/00.0/01.0';
    await page.fill('[aria-label="Filter ports"]', '0000:02');
    await page.click('text=Clear redirect');
    await expect.poll(() => page.textContent('.parameters')).toBe(`${parameter} in place of pci=noats`);
    await page.check('text=translate, strict');
    await expect
      .poll(() => page.textContent('.parameters'))
      .toBe(`iommu.passthrough=0 iommu.strict=1 ${parameter} in place of iommu=pt pci=noats`);
    await page.click('.question >> text=As it is');
    await page.click('[data-view=pair]');
    await page.selectOption('#provider', { index: 1 });
    await page.waitForSelector('.fix');
    await expect.poll(() => page.textContent('.fix pre')).toBe(parameter);
    await expect.poll(() => page.textContent('.fix')).toContain('in place of pci=noats');
    await closePage(watched);
  });
});

/** Is the element inside the window? */
function inSight(element: Element): boolean {
  const { top, bottom, left, right } = element.getBoundingClientRect();
  return top >= 0 && left >= 0 && bottom <= window.innerHeight && right <= window.innerWidth && bottom > top;
}

inChromium('a boot that changes no answer', () => {
  test('is not said to change nothing where pairs get other addresses', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`);
    const { page } = watched;
    await page.click('[data-view=whatif]');
    await page.click('text=pass-through');
    await page.waitForSelector('.question >> text=0 pairs changed, 1,056 with other addresses');
    expect(await page.textContent('.also-changes')).toMatch(
      /^1056 pairs through the host bridge get physical addresses in place of I\/O addresses/,
    );
    await closePage(watched);
  });

  test('can be typed: a command line, a processor, a host bridge', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu`);
    const { page } = watched;
    await page.click('[data-view=whatif]');
    await page.click('.typed summary');
    await page.fill('.typed textarea', 'intel_iommu=off');
    await page.locator('.typed textarea').blur();
    await page.waitForSelector('.question >> text=another command line (224 pairs changed');
    await page.fill('.typed .ids', '8086:6f00');
    await page.locator('.typed .ids').blur();
    await page.waitForSelector('.question >> text=host bridges 8086:6f00');
    await expect.poll(() => page.textContent('.legend')).toMatch(/not supported 832/);
    const hash = new URL(page.url()).hash;
    await closePage(watched);
    const again = await openPage(chromium(), `${FROM_DISK}${hash}`);
    await expect.poll(() => again.page.textContent('.legend')).toMatch(/not supported 832/);
    await closePage(again);
  });
});

inChromium('kernel parameters', () => {
  test('longer than kernels take are said to be, with the shorter form beside them', async () => {
    const ports = Array.from({ length: 6 }, (_, at) => `- {kind: root-port, slot: ${at + 1}, below: sw}`);
    const below = Array.from({ length: 30 }, () => '{kind: nic}').join(', ');
    const machine = `peerpath-machine: 1
name: long
cmdline: intel_iommu=on
cpu: {vendor: GenuineIntel, family: 6}
iommu: intel
kinds:
  sw: {kind: switch, id: "1000:c030", below: [${below}]}
host-bridges:
  - bus: 0x00
    devices:
      ${ports.join('\n      ')}
`;
    const watched = await openPage(chromium(), FROM_DISK);
    const { page } = watched;
    await dropFile(page, { name: 'long.yaml', bytes: Buffer.from(machine) });
    await page.waitForSelector('.machine');
    await page.click('[data-view=whatif]');
    // One port keeps its bits: no list of vendor and device hits the others alone.
    await page.click('text=Clear redirect');
    await settled(page);
    expect(await page.locator('.too-long').count()).toBe(0);
    await page.locator('[data-port="0000:02:00.0"][data-bit=ReqRedir]').click();
    await page.locator('[data-port="0000:02:00.0"][data-bit=CmpltRedir]').click();
    await page.waitForSelector('.too-long >> text=Too long: the command line would have');
    await expect.poll(() => page.textContent('.too-long')).toMatch(/take 2047 and cut the rest off.*pci:1000:c03/);
    await page.waitForSelector('.too-long >> text=Copy shorter');
    expect(await axeViolations(page)).toEqual([]);
    await closePage(watched);
  });
});
