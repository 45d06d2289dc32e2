/** What `compare.json` says must not be compared bit for bit. */

/** The rules for one scenario. */
export interface CompareRules {
  /** Fields of answer `n` that are not compared. */
  skipped(n: number): ReadonlySet<string>;
  /** Are the I/O addresses of `importer` compared by their shape only? */
  shapeOnly(importer: string): boolean;
  /** Came functions after boot? Their group numbers then follow the order in which they came, which no register tells. */
  readonly pluggedLater: boolean;
}

interface Rule {
  readonly scenarios?: readonly string[];
  readonly importers?: readonly string[];
  readonly answers?: Readonly<Record<string, readonly number[]>>;
  readonly fields?: readonly string[];
  readonly what?: string;
  readonly how?: string;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Picks the rules of scenario `name` out of a parsed `compare.json`.
 * @throws Error for a rule that this replay does not understand: an exception must never widen by accident.
 */
export function readCompareRules(json: unknown, name: string): CompareRules {
  const rules = ((json as { readonly rules?: readonly Rule[] }).rules ?? []).filter((rule) => applies(rule, name));
  const skips = rules.filter((rule) => rule.how === 'skip');
  const shapes = rules.filter((rule) => rule.what === 'iova' && rule.how === 'shape');
  const plugged = rules.filter((rule) => rule.what === 'groups' && rule.how === 'members');
  if (skips.length + shapes.length + plugged.length !== rules.length)
    throw new Error(`compare.json: unknown rule for ${name}`);
  return {
    pluggedLater: plugged.length > 0,
    skipped: (n) => {
      const fields = skips.flatMap((skip) => (skip.answers?.[name]?.includes(n) ? (skip.fields ?? []) : []));
      // `x` is always empty and stands only where `after_last` does.
      if (fields.includes('after_last')) fields.push('x');
      return fields.length === 0 ? NONE : new Set(fields);
    },
    shapeOnly: (importer) => shapes.some((rule) => rule.importers === undefined || rule.importers.includes(importer)),
  };
}

function applies(rule: Rule, name: string): boolean {
  return rule.answers === undefined ? (rule.scenarios?.includes(name) ?? true) : name in rule.answers;
}
