import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';

const MAN = fileURLToPath(new URL('../../man/', import.meta.url));
const pages = readdirSync(MAN);
const program = buildProgram('0');
const visible = program.createHelp().visibleCommands(program);
const commands = visible.filter((command) => command.name() !== 'help');

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

test('there is a page for the command and for each of its commands, and no other', () => {
  const named = commands.map((command) => `peerpath-${command.name()}.1`);
  expect(pages.toSorted()).toEqual(['peerpath.1', ...named].toSorted());
});

test('npm installs every page', () => {
  const { man } = JSON.parse(readFileSync(`${MAN}../package.json`, 'utf8')) as { man: readonly string[] };
  expect(man.toSorted()).toEqual(pages.map((page) => `./man/${page}`).toSorted());
});

test.each(commands.map((command) => [command.name(), command] as const))(
  'the page of %s tells every option',
  (name, command) => {
    const text = readFileSync(`${MAN}peerpath-${name}.1`, 'utf8');
    for (const { long } of command.options) expect(text).toContain(`\\fB${long?.replaceAll('-', '\\-')}\\fR`);
  },
);

describe.skipIf(!has('mandoc'))('mandoc -T lint', () => {
  test.each(pages)('%s', (page) => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', `${MAN}${page}`]);
    // A page is as old as its version, which it names.
    const complaints = stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.includes('missing date'));
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(!has('man') || !has('groff'))('man -l', () => {
  test.each(pages)('%s', (page) => {
    const environment = { ...process.env, MANWIDTH: '80', MANROFFOPT: '-ww', LC_ALL: 'C.UTF-8' };
    const { status, stdout, stderr } = spawnSync('man', ['-l', `${MAN}${page}`], { env: environment });
    expect([status, stderr.toString('utf8')]).toEqual([0, '']);
    expect(stdout.toString('utf8')).toMatch(/^NAME\n {7}peerpath/m);
  });
});
