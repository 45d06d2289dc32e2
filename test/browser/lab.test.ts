/** Scenarios played on the page. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  axeViolations,
  closePage,
  dropFile,
  FROM_DISK,
  inChromium,
  openCapture,
  openPage,
  ownChromium,
  repositoryFile,
  settled,
  WAYS,
} from './browser.ts';

const chromium = ownChromium();
const STILL = { reducedMotion: 'reduce' } as const;

function scenario(name: string): string {
  return `examples/scenarios/${name}.yaml`;
}

async function arrived(page: Page, step: number): Promise<void> {
  await page.waitForSelector(`.step.now[data-step="${step}"]`);
}

async function press(page: Page, control: string): Promise<void> {
  await page.click(`[data-control="${control}"]`);
}

function text(page: Page, selector: string): Promise<string> {
  return page
    .locator(selector)
    .allTextContents()
    .then((all) => all.join('\n'));
}

inChromium('a scenario on the page', () => {
  test.each(WAYS)('goes forward, back, to a step and to the end: %s', async (way) => {
    const { page, done } = await openCapture(chromium(), way, scenario('gpu-nic-one-switch'), STILL);
    await page.waitForSelector('.lab .controls');
    await expect.poll(() => page.locator('.step').count()).toBe(10);
    await press(page, 'Step');
    await arrived(page, 1);
    await expect.poll(() => text(page, '.step.now')).toContain('PCI_P2PDMA_MAP_BUS_ADDR, distance 4');
    await page.click('[data-step="5"] button');
    await arrived(page, 5);
    await expect.poll(() => text(page, '.step.now .checks')).toMatch(/✓ reaches GPU0.*✓ via switch/);
    await expect.poll(() => text(page, '.flight-end')).toContain('2 MiB at GPU0 BAR 1 + 0x100000');
    await expect
      .poll(() => text(page, '.packet-hops'))
      .toContain('no ACS redirect: the switch routes to the peer port directly');
    await expect.poll(() => text(page, '.objects')).toContain('mapping');
    await page.waitForSelector('.dump .wrote');
    await press(page, 'Back');
    await arrived(page, 4);
    await expect.poll(() => page.locator('.flight').count()).toBe(0);
    await press(page, 'To the end');
    await arrived(page, 10);
    await expect.poll(() => text(page, '.where')).toContain('✓ passed');
    await expect.poll(() => text(page, '.objects')).toContain('Nothing');
    await press(page, 'Restart');
    await expect.poll(() => page.locator('.step.taken, .step.now').count()).toBe(0);
    await done();
  });

  test('is served with the machine that it names by a path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peerpath-lab-'));
    // By a name that none of the machines has which come with the page.
    copyFileSync(repositoryFile('examples/machines/bus-offset.yaml'), join(folder, 'box.yaml'));
    const story = readFileSync(repositoryFile(scenario('bus-offset-arm')), 'utf8');
    writeFileSync(join(folder, 'story.yaml'), story.replace(/^machine: .*$/m, 'machine: box.yaml'));
    const { page, done } = await openCapture(chromium(), 'served', join(folder, 'story.yaml'), STILL);
    await page.waitForSelector('.lab');
    await press(page, 'To the end');
    await page.waitForSelector('.ending.passed');
    await page.click('[data-view=tree]');
    await page.waitForSelector('.tree-picture');
    await done();
    rmSync(folder, { recursive: true });
  });

  test('opens from the start page and by a link with its step, and leaves the other views as they are', async () => {
    const watched = await openPage(chromium(), FROM_DISK, STILL);
    const { page } = watched;
    await page.click('text=scenarios to play');
    await page.click('[data-scenario="through-host-bridge-iommu"]');
    await page.waitForSelector('.lab');
    await page.focus('.steps [tabindex="0"]');
    for (let step = 1; step <= 9; step++) {
      await page.keyboard.press('ArrowRight');
      await arrived(page, step);
    }
    await expect.poll(() => new URL(page.url()).hash).toBe('#open=scenario:through-host-bridge-iommu&view=lab&step=9');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest('.step')?.getAttribute('data-step')))
      .toBe('9');
    await expect.poll(() => text(page, '.callout')).toContain('IOMMU fault');
    await expect.poll(() => text(page, '.callout')).toContain('the I/O page table does not');
    await expect
      .poll(() => text(page, '.unseen[aria-live]'))
      .toContain('Step 9 of 13: write 4 KiB to dma at 0x0. stopped');
    await page.click('[data-view=matrix]');
    await page.waitForSelector('.matrix-scroll canvas');
    await closePage(watched);

    const again = await openPage(chromium(), `${FROM_DISK}#open=scenario:wrong-dma-mask&view=lab&step=3`, STILL);
    await arrived(again.page, 3);
    await expect.poll(() => text(again.page, '.step.now .outcome-line')).toContain('ENOMEM');
    await closePage(again);
  });

  test('plays by itself, packets moving, until it is told to pause', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=scenario:gpu-nic-acs-redirect&view=lab&step=4`);
    const { page } = watched;
    await arrived(page, 4);
    await page.selectOption('.speed select', '4');
    await press(page, 'Play');
    await page.waitForSelector('.packet[visibility=visible]');
    await press(page, 'Pause');
    await page.waitForSelector('[data-control=Play]');
    // The step it was at is finished.
    await settled(page);
    const at = await page.textContent('.where b');
    await page.waitForSelector('.callout, .arrived');
    expect(await page.textContent('.where b')).toBe(at);
    await page.click('[data-step="5"] button');
    await arrived(page, 5);
    await expect.poll(() => text(page, '.stop-number')).toContain('4 · 6');
    await page.selectOption('.speed select', '16');
    await press(page, 'Play');
    await arrived(page, 9);
    await page.waitForSelector('.ending.passed');
    await closePage(watched);
  });

  test('with reduced motion nothing moves, and hops are numbered', async () => {
    const link = `${FROM_DISK}#open=scenario:gpu-nic-one-switch&view=lab&step=6`;
    const watched = await openPage(chromium(), link, STILL);
    await arrived(watched.page, 6);
    await watched.page.evaluate(() => {
      const seen = { moving: 0 };
      Object.assign(globalThis, { seen });
      new MutationObserver((changes) => {
        seen.moving += changes.filter(({ target }) =>
          (target as Element).matches('.packet[visibility=visible]'),
        ).length;
      }).observe(document, { subtree: true, attributeFilter: ['visibility', 'transform'] });
    });
    await press(watched.page, 'Step');
    await arrived(watched.page, 7);
    await watched.page.waitForSelector('.arrived');
    await expect.poll(() => watched.page.locator('.stop-number').allTextContents()).toEqual(['3', '4', '2', '1']);
    expect(await watched.page.evaluate(() => (globalThis as unknown as { seen: object }).seen)).toEqual({ moving: 0 });
    await closePage(watched);
  });
});

const OWN = readFileSync(repositoryFile(scenario('gpu-nic-one-switch')), 'utf8');

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

inChromium('a scenario of one’s own', () => {
  test('that fails says what was expected and what was found, and goes no further', async () => {
    const watched = await openPage(chromium(), FROM_DISK, STILL);
    const { page } = watched;
    await dropFile(page, { name: 'mine.yaml', bytes: bytes(OWN.replace('via: switch', 'via: host-bridge')) });
    await page.waitForSelector('.lab');
    await press(page, 'To the end');
    await page.waitForSelector('.ending.failed');
    await arrived(page, 5);
    await expect.poll(() => text(page, '.checks .fails')).toContain('via expected host-bridge, found switch');
    await expect.poll(() => page.locator('.step.ahead').count()).toBe(5);
    await closePage(watched);
  });

  test('finds its machine among the examples, among open machines, or asks for it and takes it', async () => {
    const watched = await openPage(chromium(), FROM_DISK, STILL);
    const { page } = watched;
    const machine = bytes(OWN.slice(OWN.indexOf('  name: one-switch'), OWN.indexOf('steps:')).replace(/^ {2}/gm, ''));
    const marked = Buffer.concat([bytes('peerpath-machine: 1\n'), machine]);
    const story = OWN.replace(/machine:\n(?: {2}.*\n)+/, 'machine: boxes/mine-box.yaml\n');
    await dropFile(page, { name: 'story.yaml', bytes: bytes(story) });
    await page.waitForSelector('[role=alert]');
    await expect
      .poll(() => text(page, '[role=alert]'))
      .toBe(
        'story.yaml:4: machine "boxes/mine-box.yaml" is a file that this page does not have: drop "mine-box.yaml" too.',
      );
    await dropFile(page, { name: 'mine-box.yaml', bytes: marked });
    await page.waitForSelector('.lab');
    await press(page, 'To the end');
    await page.waitForSelector('.ending.passed');
    await dropFile(page, { name: 'mine-box.yaml', bytes: marked });
    await expect.poll(() => page.locator('.tab').count()).toBe(2);
    await dropFile(page, { name: 'second.yaml', bytes: bytes(story.replace('name: gpu-nic', 'name: second')) });
    await page.waitForSelector('.lab-title h2 >> text=second');
    await closePage(watched);
  });

  test('with a fault is refused in a sentence with its line', async () => {
    const watched = await openPage(chromium(), FROM_DISK, STILL);
    const { page } = watched;
    await dropFile(page, { name: 'bad.yaml', bytes: bytes(OWN.replace('detach: mr', 'detach: nothing')) });
    await page.waitForSelector('[role=alert]');
    await expect
      .poll(() => text(page, '[role=alert]'))
      .toMatch(/^bad\.yaml:\d+: step 8 \(detach\) uses "nothing", which no step before it makes\.$/);
    await closePage(watched);
  });

  test('of markup and 25,000 steps neither breaks nor freezes the page', async () => {
    const watched = await openPage(chromium(), FROM_DISK, STILL);
    const { page } = watched;
    const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    const head = OWN.slice(0, OWN.indexOf('steps:'))
      .replace('name: gpu-nic-one-switch', `name: "${evil}"`)
      .replace(/about: .*/, `about: "${evil.repeat(200)}"`);
    const steps = Array.from(
      { length: 25_000 },
      (_, at) => `  - {elapse: ${at % 7}, note: "${at === 0 ? evil : 'on'}"}\n`,
    );
    await dropFile(page, { name: 'long.yaml', bytes: bytes(`${head}steps:\n${steps.join('')}`) });
    await page.waitForSelector('.lab');
    await expect.poll(() => text(page, '.cut')).toContain('25,000 steps');
    await expect.poll(() => page.locator('.step').count()).toBe(200);
    await press(page, 'Step');
    await arrived(page, 1);
    await press(page, 'To the end');
    await page.waitForSelector('.step.now[data-step="25000"]');
    await press(page, 'Back');
    await page.waitForSelector('.step.now[data-step="24999"]');
    await expect.poll(() => page.locator('img, script:not([src])').count()).toBe(0);
    await closePage(watched);
  });

  test('with a step that takes for ever can be stopped', async () => {
    const watched = await openPage(chromium(), FROM_DISK, STILL);
    const { page } = watched;
    const head = OWN.slice(0, OWN.indexOf('steps:'));
    const reads = '  - {peek: GPU0, bar: 1, length: 64G}\n'.repeat(40);
    await dropFile(page, { name: 'slow.yaml', bytes: bytes(`${head}steps:\n  - {elapse: 1}\n${reads}`) });
    await page.waitForSelector('.lab');
    await press(page, 'Step');
    await arrived(page, 1);
    await press(page, 'To the end');
    await page.click('.where >> text=Stop');
    await page.waitForSelector('.where >> text=1 of 41');
    await press(page, 'Back');
    await expect.poll(() => text(page, '.where b')).toBe('0');
    await closePage(watched);
  });
});

inChromium('the lab of a machine without a scenario', () => {
  test('offers the shipped ones, and those that its devices can play', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu&view=lab`, STILL);
    const { page } = watched;
    await page.waitForSelector('.lab-choose .examples >> nth=1');
    await page.click('.lab-choose ul >> nth=0 >> [data-scenario="iommu-off-is-faster"]');
    await page.waitForSelector('.lab');
    await press(page, 'To the end');
    await page.waitForSelector('.ending.passed');
    await expect.poll(() => page.locator('.tab').count()).toBe(1);
    await closePage(watched);
  });

  test('a link says which of them is played, and where it is', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu&view=lab`, STILL);
    const { page } = watched;
    await page.click('.lab-choose ul >> nth=0 >> [data-scenario="iommu-off-is-faster"]');
    await page.click('[data-step="3"] button');
    await arrived(page, 3);
    const played = '#open=example:hgx-8gpu&view=lab&play=iommu-off-is-faster&step=3';
    await expect.poll(() => new URL(page.url()).hash).toBe(played);
    await page.click('[data-view=matrix]');
    await expect.poll(() => new URL(page.url()).hash).toBe('#open=example:hgx-8gpu&view=matrix');
    await closePage(watched);

    const again = await openPage(chromium(), `${FROM_DISK}${played}`, STILL);
    await arrived(again.page, 3);
    expect(await again.page.textContent('.lab-title h2')).toBe('iommu-off-is-faster');
    await expect.poll(() => new URL(again.page.url()).hash).toBe(played);
    await again.page.evaluate(() => {
      location.hash = '#open=example:hgx-8gpu&view=lab&play=iommu-off-is-faster&step=1';
    });
    await arrived(again.page, 1);
    await closePage(again);

    const nonsense = await openPage(chromium(), `${FROM_DISK}#open=example:hgx-8gpu&view=lab&play=nothing&step=2`);
    await nonsense.page.waitForSelector('[role=alert] >> text=There is no scenario');
    await nonsense.page.waitForSelector('.lab-choose');
    await closePage(nonsense);
  });
});

inChromium('the craft of the lab', () => {
  test.each([
    ['phone', { width: 380, height: 780 }],
    ['laptop', { width: 1440, height: 900 }],
  ] as const)('breaks no accessibility rule, light or dark: %s', async (_, viewport) => {
    const link = `${FROM_DISK}#open=scenario:revoke-during-traffic&view=lab&step=7`;
    const watched = await openPage(chromium(), link, { viewport, ...STILL });
    const { page } = watched;
    const inBoth = async (): Promise<void> => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, ...STILL });
        expect([colorScheme, await axeViolations(page)]).toEqual([colorScheme, []]);
      }
    };
    await arrived(page, 7);
    await page.waitForSelector('.callout');
    await inBoth();
    await press(page, 'To the end');
    await page.waitForSelector('.ending');
    await inBoth();
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
    await page.evaluate(() => {
      location.hash = '#open=example:sriov&view=lab';
    });
    await page.waitForSelector('.lab-choose h3');
    await inBoth();
    await closePage(watched);
  });
});

inChromium('the bar of a player', () => {
  test('goes to any step', async () => {
    const watched = await openPage(chromium(), `${FROM_DISK}#open=scenario:gpu-nic-one-switch`, STILL);
    const { page } = watched;
    await page.waitForSelector('.picture');
    await page.fill('.scrub input', '4');
    await arrived(page, 4);
    await page.fill('.scrub input', '2');
    await arrived(page, 2);
    await closePage(watched);
  });
});
