import { expect, test } from 'vitest';
import { formatBdf } from '../../uapi/index.ts';
import { MemoryFile, MemoryTree } from './memory-tree.ts';
import { ORACLE_FOLDER, readOracle } from './oracle-files.ts';

function tree(files: Readonly<Record<string, string>>): MemoryTree {
  const made = new MemoryTree();
  const folder = made.makeDirectory(ORACLE_FOLDER);
  for (const [name, text] of Object.entries(files)) {
    const bytes = new TextEncoder().encode(text);
    folder.put(name, new MemoryFile(bytes, 0, bytes.length));
  }
  return made;
}

const ABOUT = '{"format":1,"release":"7.3.4+deb13-amd64","p2pdma":true,"mapTypes":true}\n';

test('answers as the module prints them', () => {
  const answers = readOracle(
    tree({
      about: ABOUT,
      functions:
        '{"bdf":"0000:03:00.0","dmaMask":"ffffffff","coherentMask":"ffffffff","busLimit":"0","untrusted":false,' +
        '"externalFacing":false,"group":9,"domain":{"type":11,"pageSizes":"40201000","aperture":["0","ffffffffffff"],"force":true}}\n' +
        '{"bdf":"0000:04:00.0","dmaMask":"ffffffff","coherentMask":"ffffffff","busLimit":"0","untrusted":false,' +
        '"externalFacing":false,"group":null,"domain":null}\n',
      pairs:
        '{"provider":"0000:03:00.0","pairs":[["0000:03:00.0",0,"bus"],["0000:04:00.0",4,"through"],["0000:05:00.0",-1,null]]}\n',
      host_bridges: '{"bus":"0000:00","windows":[["io","0","cf7","0"],["memory","40000000","afffffff","60000000"]]}\n',
    }),
    () => {},
  );
  expect(answers?.release).toBe('7.3.4+deb13-amd64');
  expect(answers?.pairs.map(({ client, distance, mapType }) => [formatBdf(client), distance, mapType])).toEqual([
    ['0000:03:00.0', 0, 'bus'],
    ['0000:04:00.0', 4, 'through'],
    ['0000:05:00.0', -1, undefined],
  ]);
  expect(answers?.functions.map(({ dmaMask, group, domain }) => [dmaMask, group, domain])).toEqual([
    [0xffff_ffffn, 9, { pageSizes: 0x4020_1000n, apertureEnd: 0xffff_ffff_ffffn }],
    [0xffff_ffffn, undefined, undefined],
  ]);
  expect(answers?.windows).toEqual([
    { domain: 0, bus: 0, start: 0x4000_0000n, last: 0xafff_ffffn, offset: 0x6000_0000n },
  ]);
});

test('nothing where the module is not loaded; damaged lines are a finding', () => {
  expect(readOracle(new MemoryTree(), () => {})).toBeUndefined();
  const said: string[] = [];
  const answers = readOracle(
    tree({ about: ABOUT, pairs: '{"provider":"0000:03\n[]\n{"provider":7,"pairs":[]}\n' }),
    (_, code) => said.push(code),
  );
  expect(answers?.pairs).toEqual([]);
  expect(said).toEqual(['oracle-damaged']);
});
