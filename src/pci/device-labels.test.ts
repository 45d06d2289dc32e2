import { describe, expect, it } from 'vitest';
import { capturedFunction, capturedMachine, configBytes } from '../../test/captured/captured-function.ts';
import { assert, Prng, rawText } from '../base/index.ts';
import { known, type SystemNameKind } from '../capture/index.ts';
import { readMachineDescription } from '../lab/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { buildTopology, type DeviceLabels, deviceLabels, type PciFunction } from './index.ts';

interface Labelled extends DeviceLabels {
  readonly devices: readonly PciFunction[];
  /** Addresses of the devices of a name. */
  readonly at: (name: string) => readonly string[];
}

/** Devices on one root bus, `gpu` or `gpu NAME` each. */
function labelled(...devices: readonly string[]): Labelled {
  const list = devices.map((text) => {
    const [kind, label] = text.split(' ');
    return label === undefined
      ? `{kind: ${kind}}`
      : `{kind: ${kind}, label: ${JSON.stringify(label.replace('_', ' '))}}`;
  });
  const read = readMachineDescription(
    `peerpath-machine: 1\nhost-bridges: [{devices: [${list.join(', ')}]}]\n`,
    'x.yaml',
  );
  assert(read.ok, read.ok ? '' : read.error.text);
  const topology = buildTopology(read.value);
  const labels = deviceLabels(topology);
  return {
    ...labels,
    devices: topology.functions,
    at: (name) => labels.named(name).map(({ bdf }) => formatBdf(bdf).slice(-4)),
  };
}

const labelsOf = ({ devices, labelOf }: Labelled) => devices.map(labelOf);

describe('labels', () => {
  it('are what the input calls devices, else the kind and a number in bus order; network adapters are counted together', () => {
    expect(labelsOf(labelled('nic', 'gpu', 'nic LAN', 'gpu', 'root-port', 'root-port PORT'))).toEqual([
      'nic0',
      'gpu0',
      'LAN',
      'gpu1',
      undefined,
      'PORT',
    ]);
  });

  it('of the input pass over numbers: one that is given stands for no other device, whatever its capitals', () => {
    const three = labelled('gpu', 'gpu GPU0', 'gpu');
    expect(labelsOf(three)).toEqual(['gpu1', 'GPU0', 'gpu2']);
    expect([three.at('gpu0'), three.at('GPU0'), three.at('gpu1')]).toEqual([['01.0'], ['01.0'], ['00.0']]);
  });

  it('keep the number beside a given name: both stand for the device', () => {
    const two = labelled('nic LAN', 'nic');
    expect(two.devices.map(two.namesOf)).toEqual([['LAN', 'nic0'], ['nic1']]);
    expect([two.at('lan'), two.at('LAN'), two.at('nic0')]).toEqual([['00.0'], ['00.0'], ['00.0']]);
  });

  it("that differ by case alone are nobody's label: each is told by its own capitals, both by others", () => {
    const two = labelled('nvme disk', 'nvme Disk');
    expect(labelsOf(two)).toEqual(['nvme0', 'nvme1']);
    expect([two.at('disk'), two.at('Disk'), two.at('DISK')]).toEqual([['00.0'], ['01.0'], ['00.0', '01.0']]);
  });

  it("that two devices have are nobody's, and stand for both", () => {
    const two = labelled('nic LAN', 'root-port LAN', 'nic');
    expect(labelsOf(two)).toEqual(['nic0', undefined, 'nic1']);
    expect(two.at('LAN')).toEqual(['00.0', '01.0']);
  });

  it('are words: texts with blanks, and names that were taken out, are none', () => {
    expect(labelsOf(labelled('nic Onboard_LAN', 'nic redacted-label-1'))).toEqual(['nic0', 'nic1']);
  });

  it('are what the system calls devices, the name that people use first; drm and accel nodes are names beside', () => {
    const names = (...list: readonly [SystemNameKind, string][]) =>
      list.map(([kind, name]) => ({ kind, name: rawText(name) }));
    const devices: readonly [string, ReturnType<typeof names>][] = [
      ['0200', names(['netdev', 'enp3s0f0np0'], ['rdma', 'mlx5_1'])],
      ['0200', names(['netdev', 'enp3s0f1np1'], ['rdma', 'mlx5_bond_0'])],
      ['0200', names(['netdev', 'enp4s0'], ['rdma', 'mlx5_bond_0'])],
      ['0108', names(['nvme', 'nvme1'])],
      ['0108', []],
      ['0302', names(['drm', 'card1'], ['nvidia', 'GPU1'])],
      ['0302', names(['nvidia', 'GPU0'], ['drm', 'renderD128'])],
      ['0302', names(['drm', 'card0'])],
    ];
    const functions = devices.map(([code, systemNames], at) => {
      const facts = { classCode: known(Number.parseInt(code, 16) << 8), vendor: known(0x10de), systemNames };
      return capturedFunction(`01:0${at}.0`, configBytes(0), facts);
    });
    const topology = buildTopology(capturedMachine(functions));
    const labels = deviceLabels(topology);
    expect(topology.functions.map(labels.labelOf)).toEqual([
      'mlx5_1',
      'enp3s0f1np1',
      'enp4s0',
      'nvme1',
      'nvme0',
      'gpu1',
      'gpu0',
      'gpu2',
    ]);
    const at = (name: string) => labels.named(name).map(({ bdf }) => formatBdf(bdf).slice(-4));
    expect([at('enp3s0f0np0'), at('GPU0'), at('card0'), at('mlx5_bond_0'), at('nvme0')]).toEqual([
      ['00.0'],
      ['06.0'],
      ['07.0'],
      ['01.0', '02.0'],
      ['04.0'],
    ]);
  });

  it('of any machine stand for one device each, and every name that is no label for those that have it', () => {
    const random = new Prng(5);
    const names = ['GPU0', 'gpu0', 'Gpu1', 'nic0', 'NIC1', 'nvme0', 'LAN', 'lan', 'WAN'];
    for (let machine = 0; machine < 300; machine++) {
      const devices = Array.from({ length: 1 + random.below(8) }, () => {
        const kind = random.pick(['gpu', 'nic', 'nvme', 'root-port']) ?? 'gpu';
        return random.below(3) > 0 ? `${kind} ${random.pick(names)}` : kind;
      });
      const { devices: all, labelOf, named, namesOf } = labelled(...devices);
      const labels = all.flatMap((fn) => labelOf(fn)?.toLowerCase() ?? []);
      expect(new Set(labels).size, devices.join(', ')).toBe(labels.length);
      for (const fn of all) {
        const label = labelOf(fn);
        if (label !== undefined) for (const text of [label, label.toUpperCase()]) expect(named(text)).toEqual([fn]);
        for (const name of namesOf(fn)) expect(named(name)).toContain(fn);
      }
    }
  });
});
