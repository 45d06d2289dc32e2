/** The search: a field whose list of answers follows what is typed. Nothing is asked of a server. */
import MiniSearch from 'minisearch';
import type { SearchPlace } from '../search-data.ts';

declare global {
  var peerpathPlaces: readonly SearchPlace[] | undefined;
}

const MOST_SHOWN = 12;
const EXCERPT = 140;

interface Found extends SearchPlace {
  readonly words: readonly string[];
}

type Ask = (words: string) => readonly Found[];

/** Puts the field into `place`; `root` is the way from this page to the root of the site. */
export function attachSearch(place: HTMLElement, root: string): void {
  place.innerHTML = `<label class="unseen" for="search-field">Search</label><input id="search-field" type="search" role="combobox" autocomplete="off" spellcheck="false" placeholder="Search" aria-expanded="false" aria-controls="search-list" aria-autocomplete="list"><div id="search-list" class="found" role="listbox" aria-label="Found" hidden></div><p class="unseen" role="status"></p>`;
  const [field, list, status] = [place.querySelector('input'), place.querySelector('div'), place.querySelector('p')];
  if (field !== null && list !== null && status !== null) new SearchField(field, list, status, root).listen();
}

class SearchField {
  readonly #field: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #status: HTMLElement;
  readonly #root: string;
  #ask: Promise<Ask> | undefined;
  #chosen = -1;

  constructor(field: HTMLInputElement, list: HTMLElement, status: HTMLElement, root: string) {
    this.#field = field;
    this.#list = list;
    this.#status = status;
    this.#root = root;
  }

  listen(): void {
    this.#field.addEventListener('focus', () => {
      this.#ask ??= loadPlaces(this.#root);
    });
    this.#field.addEventListener('input', () => void this.#search());
    this.#field.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('keydown', (event) => this.#shortcut(event));
    document.addEventListener('pointerdown', ({ target }) => {
      if (target instanceof Node && this.#field.parentElement?.contains(target) === false) this.#close();
    });
  }

  async #search(): Promise<void> {
    const words = this.#field.value.trim();
    this.#ask ??= loadPlaces(this.#root);
    const ask = await this.#ask;
    if (words !== this.#field.value.trim()) return;
    if (words === '') this.#close();
    else this.#show(ask(words));
  }

  #show(found: readonly Found[]): void {
    this.#list.replaceChildren(...found.slice(0, MOST_SHOWN).map((place, at) => this.#option(place, at)));
    this.#status.textContent = found.length === 0 ? 'Nothing found' : `${found.length} found`;
    if (found.length === 0) this.#list.append(element('p', 'none', 'Nothing found'));
    this.#list.hidden = false;
    this.#field.setAttribute('aria-expanded', 'true');
    this.#choose(found.length === 0 ? -1 : 0);
  }

  #option({ u, p, h, t, words }: Found, at: number): HTMLElement {
    const option = element('a', 'option', '') as HTMLAnchorElement;
    option.href = `${this.#root}${u}`;
    option.id = `found-${at}`;
    option.tabIndex = -1;
    option.setAttribute('role', 'option');
    const about = element('span', '', '');
    about.append(...marked(excerpt(t, words), words));
    option.append(element('strong', '', h === '' ? p : h), element('small', '', h === '' ? '' : p), about);
    option.addEventListener('click', () => this.#close());
    return option;
  }

  #options(): readonly HTMLAnchorElement[] {
    return [...this.#list.querySelectorAll('a')];
  }

  #choose(at: number): void {
    const options = this.#options();
    this.#chosen = options.length === 0 ? -1 : (at + options.length) % options.length;
    for (const [index, option] of options.entries())
      option.setAttribute('aria-selected', String(index === this.#chosen));
    const chosen = options[this.#chosen];
    if (chosen === undefined) this.#field.removeAttribute('aria-activedescendant');
    else this.#field.setAttribute('aria-activedescendant', chosen.id);
    chosen?.scrollIntoView({ block: 'nearest' });
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && !this.#list.hidden) {
      event.preventDefault();
      this.#choose(this.#chosen + step);
    } else if (event.key === 'Enter') this.#options()[this.#chosen]?.click();
    else if (event.key === 'Escape') this.#close();
    else if (event.key === 'Tab') this.#close();
  }

  /** `/` goes to the field from anywhere but another field. */
  #shortcut(event: KeyboardEvent): void {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
    event.preventDefault();
    this.#field.focus();
  }

  #close(): void {
    this.#list.hidden = true;
    this.#field.setAttribute('aria-expanded', 'false');
    this.#field.removeAttribute('aria-activedescendant');
    this.#chosen = -1;
    this.#list.replaceChildren();
  }
}

/** The places as a script, since a page from disk can load nothing else; then an index of them. */
async function loadPlaces(root: string): Promise<Ask> {
  await new Promise<void>((done) => {
    const script = document.createElement('script');
    script.src = `${root}search-data.js`;
    script.addEventListener('load', () => done());
    script.addEventListener('error', () => done());
    document.head.append(script);
  });
  const places = globalThis.peerpathPlaces ?? [];
  const index = new MiniSearch({
    fields: ['h', 'p', 't'],
    tokenize: wordsOf,
    searchOptions: { boost: { h: 5, p: 3 }, prefix: true, fuzzy: (word) => (word.length > 5 ? 0.2 : false) },
  });
  index.addAll(places.map((place, id) => ({ ...place, id })));
  return (words) =>
    index
      .search(words, { combineWith: 'AND', boostDocument: (id) => weight(places[Number(id)]?.u ?? '') })
      .flatMap(({ id, terms }) => {
        const place = places[Number(id)];
        return place === undefined ? [] : [{ ...place, words: terms }];
      });
}

/** Documents and commands before single names of the library. */
function weight(url: string): number {
  return url.startsWith('api/') ? 0.6 : url.startsWith('man/') ? 1.2 : 1;
}

/** `dmaBufAttach` is found whole and by its parts, as `dma_buf_attach` is. */
function wordsOf(text: string): string[] {
  const whole = text.split(/[^\p{L}\p{N}]+/u);
  const parts = whole.flatMap((word) => {
    const humps = word.split(/(?<=\p{Ll})(?=\p{Lu})/u);
    return humps.length > 1 ? humps : [];
  });
  return [...whole, ...parts].filter((word) => word !== '');
}

/** The text around the first word that was found. */
function excerpt(text: string, words: readonly string[]): string {
  const lower = text.toLowerCase();
  const first = Math.min(...words.map((word) => lower.indexOf(word)).filter((at) => at >= 0), text.length);
  const start = first === text.length || first < EXCERPT / 2 ? 0 : text.lastIndexOf(' ', first - EXCERPT / 3) + 1;
  const cut = text.slice(start, start + EXCERPT);
  return `${start > 0 ? '… ' : ''}${cut}${start + EXCERPT < text.length ? ' …' : ''}`;
}

function marked(text: string, words: readonly string[]): (string | Node)[] {
  const escaped = words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (escaped.length === 0) return [text];
  return text.split(new RegExp(`(${escaped.join('|')})`, 'iu')).map((part, at) => {
    return at % 2 === 0 ? part : element('mark', '', part);
  });
}

function element(name: string, className: string, text: string): HTMLElement {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.textContent = text;
  return made;
}
