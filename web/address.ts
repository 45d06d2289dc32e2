/** The address of the page, written at most so often: held keys change it faster than browsers take it. */
const LEAST_MS = 250;

let last = -LEAST_MS;
let timer: ReturnType<typeof setTimeout> | undefined;
let hash: string | undefined;

/** Says another thing of the same place: now, or soon after the one before. */
export function replaceAddress(next: string): void {
  if (next === (hash ?? location.hash)) return;
  hash = next;
  timer ??= setTimeout(write, Math.max(0, last + LEAST_MS - performance.now()));
  if (performance.now() - last >= LEAST_MS) write();
}

/** Goes to another place: a step that the browser can go back. */
export function pushAddress(next: string): void {
  write();
  if (next !== location.hash) history.pushState(null, '', next);
}

/** The address of what is shown now, all of it. */
export function presentAddress(): string {
  write();
  return location.href;
}

function write(): void {
  clearTimeout(timer);
  timer = undefined;
  if (hash === undefined) return;
  history.replaceState(null, '', hash);
  hash = undefined;
  last = performance.now();
}
