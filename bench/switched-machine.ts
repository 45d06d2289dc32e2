/** Descriptions of machines with many switches, for the page: what a server full of GPUs, NICs and drives looks like. */

/** How large. */
export interface SwitchedMachine {
  readonly name: string;
  /** Each in a domain of its own, with one switch below each of its root ports. */
  readonly hostBridges: number;
  readonly switches: number;
  /** Below each switch. */
  readonly gpus: number;
  readonly nics: number;
  readonly drives: number;
}

/** 200 functions, 88 of them endpoints. */
export const MACHINE_200: SwitchedMachine = {
  name: 'machine-200',
  hostBridges: 8,
  switches: 1,
  gpus: 3,
  nics: 3,
  drives: 5,
};

/** 1,000 endpoints; 2,090 functions with the ports above them. */
export const MACHINE_1000: SwitchedMachine = {
  name: 'machine-1000',
  hostBridges: 10,
  switches: 4,
  gpus: 6,
  nics: 7,
  drives: 12,
};

/** The description, as `peerpath capture --machine` and the page read it. */
export function switchedMachineText({ name, hostBridges, switches, gpus, nics, drives }: SwitchedMachine): string {
  const rootPorts = Array.from(
    { length: switches },
    (_, slot) => `{kind: root-port, slot: ${slot + 1}, below: fabric}`,
  );
  const bridges = Array.from(
    { length: hostBridges },
    (_, domain) => `  - {domain: ${domain}, bus: 0, id: "8086:09a2", devices: [${rootPorts.join(', ')}]}`,
  );
  return `peerpath-machine: 1
name: ${name}
kernel: 7.3.4
cmdline: intel_iommu=on
cpu: {vendor: GenuineIntel, family: 6, model: Intel(R) Xeon(R) Platinum 8480C}
memory: 1T
iommu: intel
kinds:
  card: {kind: gpu, id: "10de:2330", link: gen5 x16, bars: {0: 16M 64 pref, 2: 256M 64 pref}, label: GPU#}
  port: {kind: nic, id: "15b3:1021", bars: {0: 2M 64 pref}, label: NIC#}
  drive: {kind: nvme, link: gen4 x4, label: NVME#}
  fabric:
    kind: switch
    id: 1000:c030
    below: [{kind: card, count: ${gpus}}, {kind: port, count: ${nics}}, {kind: drive, count: ${drives}}]
host-bridges:
${bridges.join('\n')}
`;
}
