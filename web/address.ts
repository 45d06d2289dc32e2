/** The address of the page, written at most so often: held keys change it faster than browsers take it. */
const LEAST_MS = 250;

/** What the address bar says, or is about to. */
class AddressBar {
  #last = -LEAST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hash: string | undefined;

  /** Says another thing of the same place: now, or soon after the one before. */
  replace(next: string): void {
    if (next === (this.#hash ?? location.hash)) return;
    this.#hash = next;
    this.#timer ??= setTimeout(() => this.#write(), Math.max(0, this.#last + LEAST_MS - performance.now()));
    if (performance.now() - this.#last >= LEAST_MS) this.#write();
  }

  /** Goes to another place: a step that the browser can go back. */
  push(next: string): void {
    this.#write();
    if (next !== location.hash) history.pushState(null, '', next);
  }

  /** The address of what is shown now, all of it. */
  present(): string {
    this.#write();
    return location.href;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#hash === undefined) return;
    history.replaceState(null, '', this.#hash);
    this.#hash = undefined;
    this.#last = performance.now();
  }
}

/** The one that the page has. */
export const addressBar: AddressBar = new AddressBar();
