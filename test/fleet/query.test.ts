import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { columnNames, TABLES } from '../../src/fleet/index.ts';
import { peerpath } from '../cli/run-peerpath.ts';
import { ask, folderOf, newFolder } from './fleet-folder.ts';
import { plantedFleet } from './fleet-machines.ts';

let fleet = '';
beforeAll(() => {
  fleet = newFolder();
  peerpath(['fleet', 'scan', folderOf(plantedFleet(24)), '--out', fleet]);
});

describe('fleet query', () => {
  it('answers SELECT over tables with the columns that are documented', async () => {
    for (const [name, table] of Object.entries(TABLES)) {
      const stored = name === 'machines' || name === 'failed' ? name : `distinct_${name}`;
      const described = await ask(fleet, `SELECT column_name, column_type FROM (DESCRIBE ${stored})`);
      expect(described, name).toEqual(
        columnNames(table).map((column) => ({ column_name: column, column_type: table.columns[column]?.[0] })),
      );
    }
    const listed = JSON.parse(peerpath(['fleet', 'query', '--tables', '--json']).stdout);
    expect(listed.tables.map(({ name }: { name: string }) => name)).toEqual(Object.keys(TABLES));
  });

  it('has a row of an answer table for every machine, one for every fingerprint behind it', async () => {
    const [row] = await ask(
      fleet,
      'SELECT (SELECT count(*) FROM pairs) AS all_pairs, (SELECT sum(pairs) FROM machines) AS counted, (SELECT count(*) FROM distinct_facts) AS facts, (SELECT count(DISTINCT fingerprint) FROM machines) AS fingerprints',
    );
    expect(Number(row?.['all_pairs'])).toBe(Number(row?.['counted']));
    expect(row?.['facts']).toBe(row?.['fingerprints']);
  });

  it.each([
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_parquet('/etc/passwd')",
    "COPY machines TO '/tmp/peerpath-copied.csv'",
    "COPY machines TO 'FLEET/parts/copied.csv'",
    "COPY (SELECT 1) TO 'FLEET/parts/copied.parquet'",
    "COPY machines FROM '/etc/passwd'",
    "EXPORT DATABASE 'FLEET/parts/exported'",
    "ATTACH '/tmp/peerpath-attached.db'",
    "ATTACH 'FLEET/parts/attached.db'",
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    "SET allowed_directories = ['/']",
    'PRAGMA enable_logging',
    'CREATE TABLE more (x INTEGER)',
    'DELETE FROM machines',
    'INSERT INTO machines SELECT * FROM machines',
    "SELECT 1; COPY machines TO '/tmp/peerpath-copied.csv'",
    "EXPLAIN ANALYZE COPY machines TO 'FLEET/parts/copied.csv'",
    "PREPARE x AS COPY machines TO 'FLEET/parts/copied.csv'",
    'CHECKPOINT',
    "SELECT 1; EXPORT DATABASE 'FLEET/parts/exported'",
    'EXPLAIN SELECT 1',
    'nonsense',
    '',
  ])('refuses %s in one sentence', async (text) => {
    const sql = text.replaceAll('FLEET', fleet);
    const before = readdirSync(join(fleet, 'parts'), { recursive: true });
    const error = await ask(fleet, sql).then(
      (rows) => `answered ${JSON.stringify(rows)}`,
      (refused: Error) => `${refused.name}: ${refused.message}`,
    );
    expect(error).toMatch(/^QueryError: [^\n]+$/);
    expect(error).not.toContain('root:x:');
    expect(readdirSync(join(fleet, 'parts'), { recursive: true })).toEqual(before);
    expect(existsSync('/tmp/peerpath-copied.csv')).toBe(false);
    expect(existsSync('/tmp/peerpath-attached.db')).toBe(false);
  });

  it('refuses on the command line with exit code 2 and nothing on standard output', () => {
    const run = peerpath(['fleet', 'query', fleet, "SELECT * FROM read_csv('/etc/passwd')"]);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^peerpath: Permission Error: [^\n]+\n$/);
  });

  it('writes CSV as RFC 4180 has it', () => {
    const run = peerpath(['fleet', 'query', fleet, 'SELECT \'a,"b"\' AS x, NULL AS y, 2 AS z', '--format', 'csv']);
    expect(run.stdout).toBe('x,y,z\n"a,""b""",,2\n');
  });
});

describe('other forms', () => {
  it('is one HTML file with charts that needs nothing else', () => {
    const { stdout } = peerpath(['fleet', 'summary', fleet, '--format', 'html']);
    expect(stdout).toContain("default-src 'none'");
    expect(stdout.match(/<svg role="img"/g)?.length).toBe(2);
    expect(stdout).toContain('<rect ');
    expect(stdout).not.toMatch(/<script|<link|<img|src=|url\(/);
    const outliers = peerpath(['fleet', 'outliers', fleet, '--format', 'html']).stdout;
    expect(outliers).toContain('<svg role="img"');
  });

  it.each(['summary', 'outliers'])(
    '%s --format prometheus is in the text format: each gauge once, then its values',
    (command) => {
      const { stdout } = peerpath(['fleet', command, fleet, '--format', 'prometheus']);
      const lines = stdout.trimEnd().split('\n');
      const gauges = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
      expect(new Set(gauges).size).toBe(gauges.length);
      for (const line of lines)
        expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? \d+)$/);
      expect(stdout).toMatch(
        command === 'summary' ? /^peerpath_fleet_machines 24$/m : /^peerpath_fleet_outliers \d+$/m,
      );
    },
  );

  it.each(['check', 'diff', 'outliers', 'query', 'scan', 'summary'])('fleet %s has a help with examples', (command) => {
    const { stdout, code } = peerpath(['fleet', command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('Exit codes:');
  });
});

it('says in one sentence what to install where DuckDB is not', async () => {
  const { cpSync } = await import('node:fs');
  const { spawnSync } = await import('node:child_process');
  const alone = newFolder();
  cpSync('dist', join(alone, 'dist'), { recursive: true });
  const run = spawnSync(process.execPath, [join(alone, 'dist/bin/peerpath.js'), 'fleet', 'summary', fleet]);
  expect(run.status).toBe(2);
  expect(run.stderr.toString()).toBe('peerpath: peerpath fleet needs DuckDB: npm install @duckdb/node-api@1.5.6-r.1\n');
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(manifest.peerDependencies['@duckdb/node-api']).toBe('1.5.6-r.1');
  for (const name of Object.keys(manifest.peerDependencies))
    expect(manifest.peerDependenciesMeta[name], name).toEqual({ optional: true });
});
