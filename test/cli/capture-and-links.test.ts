import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { unpackRecording } from '../capture/host-on-disk.ts';
import { peerpath } from './run-peerpath.ts';

const HGX = 'examples/machines/hgx-8gpu.yaml';
const folder = mkdtempSync(join(tmpdir(), 'peerpath-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a machine described in YAML', () => {
  test('can be asked, and answers the same from the archive it is written to', () => {
    const archive = join(folder, 'hgx.tar.gz');
    expect(peerpath(['capture', archive, '--machine', HGX]).code).toBe(0);
    const asked = peerpath(['matrix', HGX]);
    expect(asked.code).toBe(0);
    expect(peerpath(['matrix', archive]).stdout).toBe(asked.stdout);
  });

  test('that is not there writes nothing: exit 2', () => {
    const archive = join(folder, 'none.tar.gz');
    expect(peerpath(['capture', archive, '--machine', 'nosuch.yaml']).code).toBe(2);
    expect(existsSync(archive)).toBe(false);
  });

  test('its matrix of 8 GPUs, 8 NICs and 16 NVMe fits 120 columns', () => {
    const lines = peerpath(['matrix', HGX, '--only', 'gpu,nic,nvme']).stdout.split('\n');
    const rows = lines.filter((line) => /^(?:GPU|NIC|NVME)\d/.test(line));
    // Alike devices that sit together share a row.
    expect(rows).toHaveLength(12);
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(120);
  });

  test('two pairs that share a link are told what is left for each', () => {
    const args = ['trace', 'gpu0:0', 'nic4', HGX, '--with', 'gpu0:0=nic5', '--json'];
    const { sharedLinks } = JSON.parse(peerpath(args).stdout) as { sharedLinks: { pairs: number[]; below: string }[] };
    const gpu = (
      JSON.parse(peerpath(['devices', HGX, '--json']).stdout) as { functions: { label: string; bdf: string }[] }
    ).functions.find((fn) => fn.label === 'GPU0');
    expect(sharedLinks.some((link) => link.below === gpu?.bdf && link.pairs.length === 2)).toBe(true);
  });
});

describe('capture --redact', () => {
  const SECRETS = [
    'host7',
    '0f2b1c9e-1111-2222-3333-444455556666',
    '10.0.0.7',
    'alice',
    'slot of bob',
    '52:54:00:12:34:56',
  ];
  const SERIAL = Buffer.from([0xde, 0xad, 0xbe, 0xef, 0x77, 0x66, 0x55, 0x44]);

  /** A recorded machine whose files hold secrets. */
  function host(): string {
    const root = unpackRecording('multifn-intel');
    const devices = join(root, 'sys/bus/pci/devices');
    const cmdline = readFileSync(join(root, 'proc/cmdline'), 'utf8').trim();
    writeFileSync(
      join(root, 'proc/cmdline'),
      `${cmdline} BOOT_IMAGE=/host7 root=UUID=${SECRETS[1]} ip=10.0.0.7 ifname=eth0:52:54:00:12:34:56\n`,
    );
    const version = readFileSync(join(root, 'proc/version'), 'utf8');
    writeFileSync(join(root, 'proc/version'), version.replace(/\([^)]*\)/, '(alice@host7)'));
    for (const name of readdirSync(devices)) {
      const config = readFileSync(join(devices, name, 'config'));
      if (config.length < 4096) continue;
      writeFileSync(join(devices, name, 'label'), 'slot of bob\n');
      // An extended list of its own: the serial number, then what was first.
      const first = Buffer.from(config.subarray(0x100, 0x104));
      if (first.readUInt32LE() !== 0) continue;
      config.writeUInt32LE(0x0001_0003, 0x100);
      SERIAL.copy(config, 0x104);
      writeFileSync(join(devices, name, 'config'), config);
    }
    return root;
  }

  /** Everything that an archive holds. */
  function contents(archive: string): Buffer {
    return gunzipSync(readFileSync(archive));
  }

  function answers(archive: string): unknown {
    const matrix = JSON.parse(peerpath(['matrix', archive, '--all', '--json']).stdout) as { pairs: unknown };
    const groups = JSON.parse(peerpath(['groups', archive, '--json']).stdout) as { groups: unknown };
    return [matrix.pairs, groups.groups];
  }

  test('leaves secrets out of this machine’s archive, and no answer changes', () => {
    const root = host();
    const [whole, redacted] = [join(folder, 'whole.tar.gz'), join(folder, 'redacted.tar.gz')];
    expect(peerpath(['capture', whole, '--sysroot', root]).code).toBe(0);
    expect(peerpath(['capture', redacted, '--sysroot', root, '--redact']).code).toBe(0);
    rmSync(root, { recursive: true });
    for (const secret of [...SECRETS, SERIAL]) {
      expect(contents(whole).includes(secret)).toBe(true);
      expect(contents(redacted).includes(secret)).toBe(false);
    }
    expect(answers(redacted)).toEqual(answers(whole));
    const again = join(folder, 'again.tar.gz');
    expect(peerpath(['capture', again, '--machine', whole, '--redact']).code).toBe(0);
    for (const secret of [...SECRETS, SERIAL]) expect(contents(again).includes(secret)).toBe(false);
    expect(answers(again)).toEqual(answers(whole));
  });

  test('the script, which cannot, says so in place of leaving them in', () => {
    const script = peerpath(['capture', '--script']).stdout;
    const run = spawnSync('sh', ['-s', '--', '--redact'], { input: script, encoding: 'utf8' });
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/peerpath capture --redact --machine/);
  });
});

test('the capture script is printed', () => {
  expect(peerpath(['capture', '--script']).stdout).toMatch(/^#!\/bin\/sh/);
});
