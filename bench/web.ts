/** The page in Chromium: how soon it shows a machine, how soon it answers a click, how smoothly its matrix moves. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { readMachineDescription } from '../src/lab/index.ts';
import { writeMachineArchive } from '../src/node/index.ts';
import { FROM_DISK, findChromium, launchChromium, openPage, repositoryFile } from '../test/browser/chromium.ts';
import { type BenchSettings, type Figure, round } from './figure.ts';
import { Hash } from './hash.ts';
import { MACHINE_200, MACHINE_1000, type SwitchedMachine, switchedMachineText } from './switched-machine.ts';

/** What is done to the page, and what is said of the frames meanwhile. */
const MOVES = ['scroll', 'hover', 'zoom', 'arrow-keys'] as const;
const FRAMES = 180;

/** Times of the page, worst case: software rendering, a cold page for the first view. Skipped without Chromium. */
export async function* webBench(settings: BenchSettings): AsyncGenerator<Figure> {
  if (findChromium() === undefined) return settings.say('web: left out, there is no Chromium');
  if (!existsSync(repositoryFile('dist/web/index.html'))) return settings.say('web: left out, build the page first');
  const folder = await mkdtemp(join(tmpdir(), 'peerpath-bench-'));
  const browser = await launchChromium();
  try {
    for (const machine of [MACHINE_200, MACHINE_1000]) {
      const size = machine === MACHINE_200 ? 200 : 1000;
      if (size > settings.most) continue;
      const archive = await archiveOf(machine, folder);
      yield* firstView(browser, archive, size, settings);
      yield* clicks(browser, archive, size, settings);
      yield* trees(browser, archive, size, settings);
      if (machine === MACHINE_1000) yield* frames(browser, archive, size);
    }
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
}

async function archiveOf(machine: SwitchedMachine, folder: string): Promise<string> {
  const path = join(folder, `${machine.name}.tar.gz`);
  const read = readMachineDescription(switchedMachineText(machine), machine.name);
  if (!read.ok) throw new Error(read.error.text);
  const written = writeMachineArchive(path, read.value);
  if (!written.ok) throw new Error(written.error.text);
  return path;
}

/** Milliseconds from the drop to the frame that shows the matrix. */
async function dropAndWait(page: Page, archive: string): Promise<number> {
  const base64 = (await readFile(archive)).toString('base64');
  return page.evaluate(async (text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))], 'machine.tar.gz'));
    const start = performance.now();
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    while (document.documentElement.dataset['drawn'] === undefined)
      await new Promise((resolve) => requestAnimationFrame(resolve));
    // A message after the frame's callbacks arrives when the frame is painted.
    await new Promise<void>((resolve) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve();
      channel.port2.postMessage(undefined);
    });
    return performance.now() - start;
  }, base64);
}

async function* firstView(
  browser: Browser,
  archive: string,
  size: number,
  { rounds }: BenchSettings,
): AsyncGenerator<Figure> {
  const times: number[] = [];
  let hash = '';
  for (let at = 0; at < rounds; at++) {
    const { page } = await openPage(browser, FROM_DISK);
    times.push(await dropAndWait(page, archive));
    hash = await hashOf(page);
    await page.context().close();
  }
  yield* leastAndWorst(`web/${size}/first-view`, times, size, hash);
}

async function* clicks(
  browser: Browser,
  archive: string,
  size: number,
  { rounds }: BenchSettings,
): AsyncGenerator<Figure> {
  const { page } = await openPage(browser, FROM_DISK);
  await dropAndWait(page, archive);
  await page.click('[data-view=whatif]');
  await page.waitForSelector('button.bit');
  const times: number[] = [];
  for (let at = 0; at < rounds * 4; at++) times.push(await clickAndWait(page, at));
  yield* leastAndWorst(`web/${size}/what-if-click`, times.slice(Math.min(4, rounds)), size, await hashOf(page));
  await page.context().close();
}

/** Milliseconds from a click on an ACS bit to the frame that shows what it changes. */
function clickAndWait(page: Page, at: number): Promise<number> {
  return page.evaluate(async (which) => {
    const shown = (): string => document.querySelector('.parameters')?.textContent ?? '';
    const [drawn, before] = [document.documentElement.dataset['drawn'], shown()];
    const bits = document.querySelectorAll<HTMLElement>('button.bit');
    const start = performance.now();
    bits[(which * 7) % bits.length]?.click();
    while (document.documentElement.dataset['drawn'] === drawn || shown() === before)
      await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise<void>((resolve) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve();
      channel.port2.postMessage(undefined);
    });
    return performance.now() - start;
  }, at);
}

/** The tree: opened, and every device of it drawn at once. A page each time: what was drawn once is drawn faster. */
async function* trees(
  browser: Browser,
  archive: string,
  size: number,
  { rounds }: BenchSettings,
): AsyncGenerator<Figure> {
  const [opened, expanded]: [number[], number[]] = [[], []];
  let hash = '';
  for (let at = 0; at < rounds; at++) {
    const { page } = await openPage(browser, FROM_DISK);
    await dropAndWait(page, archive);
    // The code of the pictures comes after the first view, and is not what is measured.
    await page.waitForFunction('globalThis.peerpathPictures !== undefined');
    opened.push(await pressAndWait(page, '[data-view=tree]'));
    expanded.push(await pressAndWait(page, '[title="A box for every device"]'));
    hash = await hashOf(page);
    await page.context().close();
  }
  yield* leastAndWorst(`web/${size}/tree-open`, opened, size, hash);
  yield* leastAndWorst(`web/${size}/tree-expand`, expanded, size, hash);
}

/** Milliseconds from a press to the frame that shows another picture of the tree. */
function pressAndWait(page: Page, selector: string): Promise<number> {
  return page.evaluate(async (which) => {
    const shown = (): string => {
      const boxes = document.querySelectorAll('.tree-picture .box').length;
      return boxes === 0 ? '' : `${boxes} ${document.querySelector('.tree-picture')?.getAttribute('height')}`;
    };
    const before = shown();
    const start = performance.now();
    document.querySelector<HTMLElement>(which)?.click();
    while (shown() === before) await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise<void>((resolve) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve();
      channel.port2.postMessage(undefined);
    });
    return performance.now() - start;
  }, selector);
}

async function* frames(browser: Browser, archive: string, size: number): AsyncGenerator<Figure> {
  const { page } = await openPage(browser, FROM_DISK);
  await dropAndWait(page, archive);
  for (const move of MOVES) {
    const times = await page.evaluate(moveAndCount, { move, frames: FRAMES });
    const sorted = times.toSorted((a, b) => a - b);
    const figure = { unit: 'ms', n: times.length, baseline: null, ratio: null, hash: await hashOf(page) } as const;
    yield { name: `web/${size}/${move}/median-frame`, value: round(sorted[sorted.length >> 1] ?? 0), ...figure };
    yield { name: `web/${size}/${move}/worst-frame`, value: round(sorted.at(-1) ?? 0), ...figure };
  }
  await page.context().close();
}

/** Runs in the page: one move a frame. Gives the milliseconds from frame to frame. */
async function moveAndCount({ move, frames }: { move: string; frames: number }): Promise<number[]> {
  const scroller = document.querySelector<HTMLElement>('.matrix-scroll');
  const canvas = scroller?.querySelector('canvas');
  const zooms = document.querySelectorAll<HTMLElement>('.matrix .zoom button');
  if (!scroller || !canvas) throw new Error('no matrix');
  const box = canvas.getBoundingClientRect();
  const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
  const times: number[] = [];
  for (let warm = 0; warm < 20; warm++) await nextFrame();
  let last = await nextFrame();
  for (let at = 0; at < frames; at++) {
    if (move === 'scroll') scroller.scrollBy((at % 40) - 10, at < frames / 2 ? 23 : -17);
    if (move === 'hover') {
      const [clientX, clientY] = [box.x + 260 + ((at * 11) % 700), box.y + 90 + ((at * 7) % 500)];
      canvas.dispatchEvent(new MouseEvent('mousemove', { clientX, clientY, bubbles: true }));
    }
    if (move === 'zoom' && at % 6 === 0) zooms[at % 60 < 30 ? 1 : 0]?.click();
    if (move === 'arrow-keys') {
      const key = at % 2 === 0 ? 'ArrowRight' : 'ArrowDown';
      scroller.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    }
    const now = await nextFrame();
    times.push(now - last);
    last = now;
  }
  return times;
}

/** Of what the page says it shows. */
async function hashOf(page: Page): Promise<string> {
  const hash = new Hash();
  for (const char of (await page.textContent('.legend')) ?? '') hash.word(char.codePointAt(0) ?? 0);
  return String(hash);
}

function* leastAndWorst(name: string, times: readonly number[], n: number, hash: string): Generator<Figure> {
  const sorted = times.toSorted((a, b) => a - b);
  const figure = { unit: 'ms', n, baseline: null, ratio: null, hash } as const;
  yield { name: `${name}/least`, value: round(sorted[0] ?? 0), ...figure };
  yield { name: `${name}/median`, value: round(sorted[sorted.length >> 1] ?? 0), ...figure };
  yield { name: `${name}/worst`, value: round(sorted.at(-1) ?? 0), ...figure };
}
