/** The places of a source that can be wrong in one way or another. */

/** `source[start, end)` becomes another text. */
export interface Mutation {
  readonly start: number;
  readonly end: number;
  readonly becomes: string;
}

/** What a syntax tree in the form of ESTree is made of. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
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

/** All of them, in the order of the source. Types and imports have none. */
export function mutationsOf(program: unknown, source: string): readonly Mutation[] {
  const found: Mutation[] = [];
  visit(program, source, found);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

function visit(value: unknown, source: string, found: Mutation[]): void {
  if (Array.isArray(value)) {
    for (const each of value) visit(each, source, found);
    return;
  }
  if (!isNode(value) || value.type.startsWith('TS') || value.type === 'ImportDeclaration') return;
  mutate(value, source, found);
  for (const child of Object.values(value)) visit(child, source, found);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function mutate(node: Node, source: string, found: Mutation[]): void {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      flipOperator(node, source, found);
      return;
    case 'IfStatement':
    case 'ConditionalExpression':
      for (const becomes of ['true', 'false']) found.push({ ...spanOf(node['test']), becomes });
      return;
    case 'UnaryExpression':
      if (node['operator'] === '!') found.push({ start: node.start, end: node.start + 1, becomes: '' });
      return;
    case 'Literal':
      if (typeof node['value'] === 'number') found.push({ ...spanOf(node), becomes: `${node['value'] + 1}` });
      if (typeof node['value'] === 'boolean') found.push({ ...spanOf(node), becomes: `${!node['value']}` });
      return;
    case 'ExpressionStatement':
      found.push({ ...spanOf(node), becomes: ';' });
  }
}

function flipOperator(node: Node, source: string, found: Mutation[]): void {
  const operator = String(node['operator']);
  const [left, right] = [spanOf(node['left']), spanOf(node['right'])];
  const start = source.indexOf(operator, left.end);
  const becomes = OPERATORS[operator];
  if (becomes !== undefined && start < right.start) found.push({ start, end: start + operator.length, becomes });
  // What stands in for something missing is left away.
  if (operator === '??') found.push({ start: left.end, end: right.end, becomes: '' });
}

function spanOf(node: unknown): { readonly start: number; readonly end: number } {
  if (!isNode(node)) throw new Error('a node was expected');
  return { start: node.start, end: node.end };
}
