/** The places of a source that can be wrong in one way or another, and a source in which each can be switched on. */

/** A stretch of the source: `[start, end)`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** `source[start, end)` becomes another text. */
export interface Mutation extends Span {
  readonly becomes: string;
  /** What is evaluated anew by it: an expression, a statement, or a number that is the key of a property. */
  readonly within: Span & { readonly form: 'expression' | 'statement' | 'key' };
}

/** What a syntax tree in the form of ESTree is made of. */
interface Node extends Span {
  readonly type: string;
  readonly [key: string]: unknown;
}

const OPERATORS: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '/',
  '&': '|',
  '|': '&',
  '<<': '>>',
  '>>': '<<',
  '>>>': '<<',
  '&&': '||',
  '||': '&&',
};

/** Of TypeScript's own nodes those that hold an expression; the others are types. */
const TYPED_EXPRESSIONS = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression']);

/** All of them, in the order of the source. Types and imports have none. */
export function mutationsOf(program: unknown, source: string): readonly Mutation[] {
  const found: Mutation[] = [];
  visit(program, source, found);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/**
 * The source with all mutations in it, each behind `condition` of its index in `mutations`: where that is true the
 * mutated text is evaluated, else the original.
 */
export function switchable(
  source: string,
  mutations: readonly Mutation[],
  condition: (index: number) => string,
): string {
  const all = mutations.map((mutation, index) => ({ ...mutation, index }));
  const outermostFirst = all.sort((a, b) => a.within.start - b.within.start || b.within.end - a.within.end);
  return rewritten(source, 0, source.length, outermostFirst, condition);
}

function rewritten(
  source: string,
  from: number,
  to: number,
  mutations: readonly (Mutation & { readonly index: number })[],
  condition: (index: number) => string,
): string {
  const [first, ...others] = mutations;
  if (first === undefined) return source.slice(from, to);
  const { within, start, end, becomes, index } = first;
  const inside = others.filter((other) => other.within.start < within.end);
  const after = others.filter((other) => other.within.start >= within.end);
  const original = rewritten(source, within.start, within.end, inside, condition);
  const mutated = source.slice(within.start, start) + becomes + source.slice(end, within.end);
  const text = {
    expression: `(${condition(index)}?(${mutated}):(${original}))`,
    key: `[${condition(index)}?${mutated}:${original}]`,
    statement: `{if(${condition(index)}){${mutated}}else{${original}}}`,
  }[within.form];
  return source.slice(from, within.start) + text + rewritten(source, within.end, to, after, condition);
}

function visit(value: unknown, source: string, found: Mutation[]): void {
  if (Array.isArray(value)) {
    for (const each of value) visit(each, source, found);
    return;
  }
  if (!isNode(value) || value.type === 'ImportDeclaration') return;
  if (TYPED_EXPRESSIONS.has(value.type)) {
    visit(value['expression'], source, found);
    return;
  }
  if (value.type.startsWith('TS')) return;
  if (value.type === 'Property' && value['computed'] === false) {
    if (isNode(value['key']) && value['key'].type === 'Literal') mutate(value['key'], 'key', found, source);
    visit(value['value'], source, found);
    return;
  }
  mutate(value, 'expression', found, source);
  for (const child of Object.values(value)) visit(child, source, found);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function mutate(node: Node, form: 'expression' | 'key', found: Mutation[], source: string): void {
  const { start, end } = node;
  const whole = (becomes: string): Mutation => ({ start, end, becomes, within: { start, end, form } });
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      flipOperator(node, source, found);
      return;
    case 'IfStatement':
    case 'ConditionalExpression': {
      const test = spanOf(node['test']);
      for (const becomes of ['true', 'false']) {
        found.push({ ...test, becomes, within: { ...test, form: 'expression' } });
      }
      return;
    }
    case 'UnaryExpression':
      if (node['operator'] === '!')
        found.push({ start, end: start + 1, becomes: '', within: { start, end, form: 'expression' } });
      return;
    case 'Literal': {
      const literal = node['value'];
      if (typeof literal === 'number') found.push(whole(`${literal + 1}`));
      if (typeof literal === 'bigint') found.push(whole(`${literal + 1n}n`));
      if (typeof literal === 'boolean') found.push(whole(`${!literal}`));
      return;
    }
    case 'ExpressionStatement':
      found.push({ start, end, becomes: ';', within: { start, end, form: 'statement' } });
  }
}

function flipOperator(node: Node, source: string, found: Mutation[]): void {
  const operator = String(node['operator']);
  const within = { start: node.start, end: node.end, form: 'expression' } as const;
  const [left, right] = [spanOf(node['left']), spanOf(node['right'])];
  const start = source.indexOf(operator, left.end);
  const becomes = OPERATORS[operator];
  if (becomes !== undefined && start < right.start)
    found.push({ start, end: start + operator.length, becomes, within });
  // What stands in for something missing is left away.
  if (operator === '??') found.push({ start: left.end, end: right.end, becomes: '', within });
}

function spanOf(node: unknown): Span {
  if (!isNode(node)) throw new Error('a node was expected');
  return { start: node.start, end: node.end };
}
