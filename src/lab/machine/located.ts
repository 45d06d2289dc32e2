/** YAML nodes that know where they stand, so that every complaint names the line and the path. */
import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type YAMLMap } from 'yaml';

/** Ends the reading of a description; caught by `readMachineDescription` only. */
export class DescriptionError extends Error {
  override readonly name = 'DescriptionError';
  readonly line: number;
  readonly path: string;

  constructor(line: number, path: string, text: string) {
    super(text);
    this.line = line;
    this.path = path;
  }
}

/** The document that nodes belong to. */
export interface Source {
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Aliases may nest things within themselves; nothing real is deeper. */
export const DEEPEST = 200;

/** One node of the document. */
export class Located {
  readonly path: string;
  readonly source: Source;
  readonly #node: Node | null;
  readonly #depth: number;
  readonly #line: number;

  constructor(source: Source, node: unknown, path: string, above?: Located) {
    this.source = source;
    this.path = path;
    this.#depth = above === undefined ? 0 : above.#depth + 1;
    const written = node as Node | null;
    this.#line = written?.range ? source.lines.linePos(written.range[0]).line : (above?.line ?? 1);
    this.#node = isAlias(written) ? (written.resolve(source.document) ?? null) : written;
    if (this.#depth > DEEPEST) this.fail('is nested too deeply');
  }

  /** Line in the file, from 1. */
  get line(): number {
    return this.#line;
  }

  /** Refuses the description because of this node. `text` continues "PATH ...". */
  fail(text: string): never {
    throw new DescriptionError(this.#line, this.path, text);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  get isMapping(): boolean {
    return isMap(this.#node);
  }

  /** `null`, `~` or nothing. */
  get isEmpty(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  /** The items of a list; one value alone is a list of one. */
  list(): Located[] {
    if (this.isEmpty) return [];
    if (!isSeq(this.#node)) return [this];
    return this.#node.items.map((item, i) => new Located(this.source, item, `${this.path}[${i}]`, this));
  }

  /** The entries of a mapping, in file order. */
  entries(): [string, Located][] {
    if (!isMap(this.#node)) return this.fail('should be a mapping');
    const map: YAMLMap = this.#node;
    return map.items.map((pair): [string, Located] => {
      const key = isScalar(pair.key)
        ? String(pair.key.source ?? pair.key.value)
        : this.fail('has a key that is no word');
      return [key, new Located(this.source, pair.value, this.path === '' ? key : `${this.path}.${key}`, this)];
    });
  }

  /** A scalar as it was written: `10de:2330`, `0x15`, `on`. */
  text(): string {
    if (!isScalar(this.#node) || this.isEmpty) return this.fail('should be one value');
    return String(this.#node.source ?? this.#node.value).trim();
  }

  /** One of `choices`. */
  choice<T extends string>(choices: readonly T[]): T {
    const text = this.text();
    const found = choices.find((choice) => choice === text);
    return found ?? this.fail(`is "${text}", which is none of ${choices.join(', ')}`);
  }

  /** `on` or `off`, `true` or `false`. */
  flag(): boolean {
    const text = this.choice(['on', 'off', 'true', 'false']);
    return text === 'on' || text === 'true';
  }

  /** A whole number, decimal or 0x. */
  integer(least: number, most: number): number {
    const text = this.text();
    const value = /^(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) this.fail(`is "${text}", not a whole number from ${least} to ${most}`);
    return value;
  }
}

/** Mappings laid over each other: a key is taken from the first that has it. */
export class Fields {
  readonly #layers: readonly ReadonlyMap<string, Located>[];
  /** What complaints about the whole refer to. */
  readonly at: Located;

  private constructor(at: Located, layers: readonly ReadonlyMap<string, Located>[]) {
    this.at = at;
    this.#layers = layers;
  }

  /** The fields of a mapping, each of which must be one of `known`. */
  static of(at: Located, known: readonly string[]): Fields {
    const map = new Map(at.entries());
    for (const [key, value] of map) {
      if (!known.includes(key)) value.fail(`is not known here (known: ${known.join(', ')})`);
    }
    return new Fields(at, [map]);
  }

  /** No fields at all. */
  static none(at: Located): Fields {
    return new Fields(at, []);
  }

  /** These fields, and below them those of `defaults`. */
  over(defaults: Fields): Fields {
    return new Fields(this.at, [...this.#layers, ...defaults.#layers]);
  }

  /** Only the fields named. */
  only(keys: readonly string[]): Fields {
    const layers = this.#layers.map((layer) => new Map([...layer].filter(([key]) => keys.includes(key))));
    return new Fields(this.at, layers);
  }

  /** All fields but those named. */
  without(keys: readonly string[]): Fields {
    const layers = this.#layers.map((layer) => new Map([...layer].filter(([key]) => !keys.includes(key))));
    return new Fields(this.at, layers);
  }

  get(key: string): Located | undefined {
    for (const layer of this.#layers) {
      const value = layer.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Reads a field if it is there. */
  read<T>(key: string, read: (value: Located) => T): T | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : read(value);
  }
}
