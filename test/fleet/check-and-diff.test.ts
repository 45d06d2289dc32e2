import { describe, expect, it } from 'vitest';
import { peerpath } from '../cli/run-peerpath.ts';
import { folderOf, newFolder } from './fleet-folder.ts';
import { exampleMachine } from './fleet-machines.ts';
import { HostKind } from './host-archives.ts';

type Change = readonly [string, string];
const SERIAL: Change = ['{kind: nic, label: NIC0}', '{kind: nic, label: NIC0, serial: 0xb000000000000000}'];
const kindOf = (name: string, ...changes: readonly Change[]): HostKind =>
  new HostKind(exampleMachine(name, SERIAL, ...changes));
const good = kindOf('dual-socket-allowlisted');
const bad = kindOf('dual-socket-unlisted');

/** Scans hosts by name. */
function fleetOf(hosts: Readonly<Record<string, Uint8Array | string>>): string {
  const out = newFolder();
  const files = Object.entries(hosts).map(([name, archive]) => ({ name, archive }));
  expect(peerpath(['fleet', 'scan', folderOf(files), '--out', out]).code).toBe(0);
  return out;
}

const REQUIRE = ['--require', 'gpu* <-> nic*: supported'];

describe('fleet check', () => {
  it('exits 0 where all hosts meet all, a requirement a file of them', () => {
    const fleet = fleetOf({ 'a.tar.gz': good.archive(1), 'b.tar.gz': good.archive(2) });
    const file = folderOf([
      { name: 'required', archive: '# all of them\ngpu* <-> nic*: supported\n\ngpu0 -> nic0: supported\n' },
    ]);
    const run = peerpath(['fleet', 'check', fleet, '--require', `${file}/required`]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^Yes: all 2 machines meet what is required\.$/m);
  });

  it('exits 1 where a host does not, and names it and its first pair', () => {
    const fleet = fleetOf({ 'a.tar.gz': good.archive(1), 'odd.tar.gz': bad.archive(2), 'nothing.txt': 'hello\n' });
    const run = peerpath(['fleet', 'check', fleet, ...REQUIRE]);
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/^No: 1 of 2 machines does not meet what is required\.$/m);
    expect(run.stdout).toMatch(/- odd: \d+ of \d+ pairs fail; /);
    const json = JSON.parse(peerpath(['fleet', 'check', fleet, ...REQUIRE, '--json']).stdout);
    expect(json).toMatchObject({ schema: 'peerpath.fleet-check/1', state: 'fails', unread: 1 });
    const gauges = peerpath(['fleet', 'check', fleet, ...REQUIRE, '--format', 'prometheus']).stdout;
    expect(gauges).toContain('peerpath_fleet_check_machines{state="fails"} 1');
  });

  it('exits 3 where an input could not be read, or lacks what decides', () => {
    const unread = fleetOf({ 'a.tar.gz': good.archive(1), 'cut.tar.gz': good.archive(2).subarray(0, 900) });
    expect(peerpath(['fleet', 'check', unread, ...REQUIRE])).toMatchObject({ code: 3 });
    const list = newFolder();
    peerpath(['fleet', 'scan', 'test/machines/acsswitch-lspci/lspci.txt', '--out', list]);
    const run = peerpath(['fleet', 'check', list, '--require', 'all: supported']);
    expect(run.code).toBe(3);
    expect(run.stdout).toMatch(/^Unknown: 1 input lacks what decides\.$/m);
  });

  it('exits 2 for a requirement that cannot be read, and for devices that no host has', () => {
    const fleet = fleetOf({ 'a.tar.gz': good.archive(1) });
    for (const text of ['gpu0: fast', 'nvme* -> gpu*: direct']) {
      const run = peerpath(['fleet', 'check', fleet, '--require', text]);
      expect(run).toMatchObject({ code: 2, stdout: '' });
      expect(run.stderr).toMatch(/^peerpath: [^\n]+\n$/);
    }
  });
});

describe('fleet diff', () => {
  const slower = kindOf('dual-socket-allowlisted', [
    '{kind: gpu, label: GPU1}',
    '{kind: gpu, label: GPU1, link: gen3 x8 of gen4 x16}',
  ]);
  const fleetBefore = (): string =>
    fleetOf({
      'same.tar.gz': good.archive(1),
      'worse.tar.gz': good.archive(2),
      'slow.tar.gz': good.archive(3),
      'gone.tar.gz': good.archive(4),
    });

  it('exits 1 where pairs answer otherwise; a machine under another name is told by its serial numbers', () => {
    const after = fleetOf({
      'renamed.tar.gz': good.archive(1),
      'worse.tar.gz': bad.archive(2),
      'slow.tar.gz': slower.archive(3),
      'new.tar.gz': good.archive(9),
    });
    const run = peerpath(['fleet', 'diff', fleetBefore(), after, '--json']);
    expect(run.code).toBe(1);
    const diff = JSON.parse(run.stdout);
    expect(diff).toMatchObject({ schema: 'peerpath.fleet-diff/1', both: 3, same: 1, added: ['new'], gone: ['gone'] });
    expect(diff.changed.map(({ machine }: { machine: string }) => machine)).toEqual(['worse', 'slow']);
    expect(diff.changed[0].otherwise).toBeGreaterThan(0);
    expect(diff.changed[1]).toMatchObject({ otherwise: 0 });
    expect(diff.changed[1].changes.map(({ trait }: { trait: string }) => trait)).toContain('link');
  });

  it('exits 0 where only other things differ, and where nothing does', () => {
    const old = fleetBefore();
    const after = fleetOf({ 'slow.tar.gz': slower.archive(3) });
    const run = peerpath(['fleet', 'diff', old, after]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/All pairs answer as before; 1 machine of 1 differs in something else/);
    expect(peerpath(['fleet', 'diff', old, old]).stdout).toMatch(/^Nothing changed on the 4 machines/);
  });
});
