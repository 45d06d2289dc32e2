import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { peerpath } from '../cli/run-peerpath.ts';

const README = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

test('the answer in the README is what the command prints', () => {
  const [, command = '', shown = ''] = /^ {4}\$ peerpath (.+)\n((?: {4}.*\n|\n)+)/m.exec(README) ?? [];
  const printed = peerpath(command.split(' ')).stdout.trimEnd();
  const told = shown
    .split('\n')
    .map((line) => line.replace(/^ {4}/, ''))
    .join('\n')
    .trimEnd();
  expect(told).toBe(
    printed
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n'),
  );
});

test.each(['## Run it', '## Test it'])('%s is followed by one command in a code block', (heading) => {
  const block = new RegExp(`^${heading}$[^#]*?^\`\`\`sh\\n([^\`]+)\`\`\``, 'm').exec(README)?.[1]?.trim() ?? '';
  expect(block.split('\n')).toHaveLength(1);
  expect(block).toMatch(/^npm ci && npm /);
});
