/** Faults of hardware that people met, each with who wrote about it. A row without a source is a defect. */
import type { HardwareFault, PartIds } from './hardware-fault.ts';

const AMD = 0x1022;
const INTEL = 0x8086;
const BROADCOM = 0x1000;
const PLX = 0x10b5;
const NVIDIA = 0x10de;
const IDT = 0x111d;

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** First functions of root buses of Intel's desktop processors. */
const ROCKET_LAKE: PartIds = {
  vendor: INTEL,
  devices: [0x4c43, 0x4c53],
  name: /^Intel .*(?:11th Gen|Rocket Lake).*Host Bridge/,
};
const ARROW_LAKE: PartIds = {
  vendor: INTEL,
  devices: [0x7d1a, 0x7d1b],
  name: /^Intel .*(?:Core Ultra 200S|Arrow Lake).*Host Bridge/,
};
const CLIENT_8700K: PartIds = { vendor: INTEL, devices: [0x3ec2] };
const XEON_E5: PartIds = {
  vendor: INTEL,
  devices: [0x3c00, 0x0e00, 0x2f00, 0x6f00],
  name: /^Intel .*Xeon E[57].* DMI2/,
};
const RTX_6000_ADA: PartIds = { vendor: NVIDIA, devices: [0x26b1], name: /RTX 6000 Ada/ };

/** In the order in which they are told where several matter. */
export const HARDWARE_FAULTS: readonly HardwareFault[] = [
  {
    name: 'pex890xx-posted-writes',
    part: [{ vendor: BROADCOM, devices: [0xc030], revisions: [0xb0], name: /PEX890xx/ }],
    place: 'two-targets',
    harm: 'slow',
    title: 'Broadcom PEX890xx: writes of two devices through one uplink to two root ports collapse',
    happens:
      'two devices below one virtual switch that write at the same time to devices below two other root ports get 2.7 GB/s in all, where 43 to 79 were measured otherwise; reads got 51.',
    helps:
      'let devices below one virtual switch write to one root port at a time (rings in that order), or let the receiving side read; ask the maker of the server for switch firmware.',
    sources: [
      {
        url: 'https://github.com/voipmonitor/rtx6kpro/blob/master/troubleshooting/asus-esc8000a-e13p-pex890xx-bug-report.md',
        date: '2026-04-08',
      },
    ],
  },
  {
    name: 'pm50100-posted-writes',
    part: [
      { vendor: 0x11f8, devices: [0x5000], name: /PM50100/ },
      { vendor: 0x1f18, devices: [0x0101] },
    ],
    place: 'two-targets',
    writers: 4,
    harm: 'slow',
    title:
      'Microchip PM50100 on a Threadripper PRO: writes of four devices below one switch to two root ports collapse',
    happens:
      'four GPUs below one switch that write at the same time to GPUs below two other root ports got 7 GB/s a pair, where 52 are possible; reads, and two GPUs a virtual switch, were not slowed. Whether the switch or the processor is at fault is not known.',
    helps:
      'let devices below one switch write to one root port at a time, let the receiving side read, or divide the switch so that two share an uplink.',
    sources: [
      { url: 'https://github.com/voipmonitor/rtx6kpro/blob/master/hardware/collapse-report.md', date: '2026-04-28' },
    ],
  },
  {
    name: 'pex88048-b70-corruption',
    part: [{ vendor: BROADCOM, devices: [0xc012], revisions: [0xb0], name: /PEX880xx/ }],
    place: 'on-path',
    harm: 'wrong-data',
    title: 'Broadcom PEX88048: copies between GPUs below it came out wrong',
    happens:
      'copies between four Arc Pro B70 below a PEX88048 board of a Ryzen 5600 returned wrong data and lost the device; another board of the same switch was right once ACS redirect was off.',
    helps:
      'compare what is copied before you trust it; turn ACS redirect off on the path (peerpath fix), and else copy through memory of the host.',
    sources: [
      { url: 'https://github.com/intel/compute-runtime/issues/942', date: '2026-07-29' },
      { url: 'https://github.com/intel/compute-runtime/issues/935', date: '2026-07-06' },
    ],
  },
  {
    name: 'pex880xx-redirect-default',
    part: [{ vendor: BROADCOM, devices: [0xc010, 0xc012], name: /PEX880xx/ }],
    place: 'redirecting',
    harm: 'wrong-data',
    title: 'Broadcom PEX880xx comes up with ACS redirect on: packets go to a root complex that may not return them',
    happens:
      'on a Rocket Lake host the copy ran at 10.9 GB/s and every byte read was 0xff; without redirect it was right.',
    helps: 'turn ACS redirect off at the ports of the path: peerpath fix.',
    sources: [{ url: 'https://github.com/intel/compute-runtime/issues/935', date: '2026-07-06' }],
  },
  {
    name: 'rocket-lake-root-complex',
    part: [ROCKET_LAKE],
    place: 'root-complex',
    harm: 'wrong-data',
    title: 'Intel Rocket Lake: its root complex spoils peer-to-peer copies between root ports',
    happens:
      'with the host bridge forced onto the allowlist the copy succeeded and all of 4194304 elements were wrong: that Linux refuses is right.',
    helps: 'put the devices below one switch without ACS redirect; never force the allowlist.',
    sources: [{ url: 'https://github.com/intel/compute-runtime/issues/935', date: '2026-06-19' }],
  },
  {
    name: 'arrow-lake-reads',
    part: [ARROW_LAKE],
    place: 'root-complex',
    harm: 'fails',
    evenRefused: true,
    title: 'Intel Arrow Lake (Z890): reads between root ports are lost, writes pass',
    happens:
      'an adapter that reads memory of a GPU gets a completion error, and no port logs one; writes run at full rate.',
    helps: 'put both devices below one switch, or let the side that has the data write it.',
    sources: [{ url: 'https://github.com/NVIDIA/open-gpu-kernel-modules/issues/1253', date: '2026-07-21' }],
  },
  {
    name: 'coffee-lake-reads',
    part: [CLIENT_8700K],
    place: 'root-complex',
    harm: 'wrong-data',
    evenRefused: true,
    title: 'Intel Coffee Lake: reads between root ports return 0xff',
    happens:
      'a Core i7-8700K returned only 0xff for reads of another device, as desktop processors of Intel do that pass writes alone.',
    helps: 'put both devices below one switch that carries peer-to-peer traffic.',
    sources: [
      { url: 'https://github.com/enfiskutensykkel/ssd-gpu-dma/issues/20', date: '2019-03-22' },
      { url: 'https://github.com/sbates130272/io_peer_mem/issues/1', date: '2017-06-05' },
    ],
  },
  {
    name: 'rtx-6000-ada-host-bridges',
    part: [RTX_6000_ADA],
    place: 'both-through-root',
    harm: 'wrong-data',
    evenRefused: true,
    title: 'Two RTX 6000 Ada across host bridges: copies came out wrong without an error',
    happens:
      'on a Xeon w7-3465X with driver 580.142 copies between the two returned other data than was sent; through memory of the host they were right.',
    helps: 'check copies between them; NCCL_P2P_DISABLE=1 sends them through memory of the host.',
    sources: [{ url: 'https://github.com/NVIDIA/open-gpu-kernel-modules/issues/1257', date: '2026-07-22' }],
  },
  {
    name: 'nvidia-translated',
    part: [{ vendor: NVIDIA, name: /^NVIDIA / }],
    place: 'both-translated',
    harm: 'fails',
    evenRefused: true,
    title: 'NVIDIA GPUs behind a translating IOMMU: copies between them hang or fault',
    happens:
      'NCCL hung, or the IOMMU logged page faults of the GPUs, until it was switched off or put into pass-through.',
    helps:
      'boot with iommu=pt (peerpath matrix --iommu pt shows what it changes), or put the GPUs below one switch without ACS redirect.',
    sources: [
      { url: 'https://github.com/NVIDIA/nccl/issues/257', date: '2019-10-02' },
      { url: 'https://github.com/NVIDIA/cuda-samples/issues/48', date: '2020-09-29' },
    ],
  },
  {
    name: 'amd-root-port-redirect-nccl',
    part: [{ vendor: AMD, devices: [0x1483], name: /Starship\/Matisse GPP Bridge/ }],
    place: 'redirecting-root',
    harm: 'fails',
    evenRefused: true,
    title: 'AMD Starship and Matisse root ports with ACS redirect: NCCL between NVIDIA GPUs hung',
    happens: 'all-reduce of two RTX 5880 Ada below two root ports hung until ACS was cleared at the root ports.',
    helps:
      'clear ACS redirect at these root ports (peerpath groups --acs clear:PORTS shows who loses isolation), or NCCL_P2P_DISABLE=1.',
    sources: [{ url: 'https://github.com/NVIDIA/nccl/issues/2079', date: '2026-04-04' }],
  },
  {
    name: 'plx-redirect',
    part: [{ vendor: PLX, name: /^PLX / }],
    place: 'redirecting',
    harm: 'slow',
    title: 'PLX switches with ACS redirect on: copies between GPUs are slow, hang or crash',
    happens:
      'firmware that turns ACS on makes traffic between GPUs go up to the processor: NCCL was slow, hung, or crashed with GPUDirect RDMA.',
    helps: 'turn ACS redirect off at the ports of the path (peerpath fix), or ask for firmware that leaves it off.',
    sources: [
      { url: 'https://github.com/NVIDIA/nccl/issues/304', date: '2020-03-17' },
      { url: 'https://github.com/NVIDIA/caffe/issues/10', date: '2015-07-07' },
    ],
  },
  {
    name: 'switchtec-redirect',
    part: [{ vendor: 0x11f8, name: /Switchtec|PM8\d{3}|^(?:PMC-Sierra|Microsemi|Microchip) .*Switch/i }],
    place: 'redirecting',
    harm: 'slow',
    title: 'Switchtec switches: Linux turns ACS redirect on at each port when it boots',
    happens: 'peer traffic goes up to the root complex although the switch could turn it around.',
    helps:
      'name the downstream ports in pci=disable_acs_redir= (peerpath fix); switchtec status prints their place and ACS.',
    sources: [{ url: 'https://github.com/Microsemi/switchtec-user/pull/25', date: '2018-06-28' }],
  },
  {
    name: 'xeon-relaxed-ordering',
    part: [
      {
        vendor: INTEL,
        devices: [...range(0x2f01, 0x2f0e), ...range(0x6f01, 0x6f0e)],
        name: /^Intel .*Xeon E[57] v[34].* Root Port/,
      },
    ],
    place: 'root-complex',
    harm: 'slow',
    title: 'Intel Haswell and Broadwell Xeons: packets with relaxed ordering are slow',
    happens: 'messages of 4 MB took some 250 times as long with relaxed ordering on.',
    helps:
      'turn relaxed ordering off in the adapter (perftest: --disable_pcie_relaxed; Linux clears it for drivers that ask).',
    sources: [{ url: 'https://github.com/linux-rdma/perftest/issues/116', date: '2020-12-31' }],
  },
  {
    name: 'xeon-across-sockets',
    part: [XEON_E5],
    place: 'across-sockets',
    harm: 'slow',
    evenRefused: true,
    title: 'Between sockets of Xeon E5 and E7: peer-to-peer traffic is slow or unreliable',
    happens:
      'NVIDIA tells of limited performance, or none at all, of transfers that cross the interconnect of sockets.',
    helps: 'use an adapter of the same socket: peerpath near shows which.',
    sources: [{ url: 'https://docs.nvidia.com/cuda/gpudirect-rdma/index.html#supported-systems', date: '2023' }],
  },
  {
    name: 'rtx-4090-mapping',
    part: [{ vendor: NVIDIA, devices: [0x2684, 0x2685], name: /GeForce RTX 4090/ }],
    place: 'both-through-root',
    harm: 'fails',
    evenRefused: true,
    title: 'GeForce RTX 4090: mapping of memory of another one fails',
    happens:
      'with driver changes that turn peer-to-peer DMA on, mapping a buffer failed on a third generation Xeon; NVIDIA does not support it for this GPU.',
    helps: 'NCCL_P2P_DISABLE=1, or GPUs for which the driver supports it.',
    sources: [{ url: 'https://github.com/tinygrad/open-gpu-kernel-modules/issues/33', date: '2025-03-07' }],
  },
  {
    name: 'rtx-5090-display',
    part: [{ vendor: NVIDIA, devices: [0x2b85], name: /GeForce RTX 5090/ }],
    place: 'both-through-root',
    harm: 'wrong-data',
    evenRefused: true,
    title: 'GeForce RTX 5090 with a screen: copies between two of them come out wrong',
    happens:
      'with driver changes that turn peer-to-peer DMA on, copies failed as long as one of the GPUs drove a screen.',
    helps: 'drive screens with another GPU.',
    sources: [{ url: 'https://github.com/aikitoria/open-gpu-kernel-modules/issues/11', date: '2026-04-30' }],
  },
  {
    name: 'vmd-domain',
    part: [
      {
        vendor: INTEL,
        devices: [0x201d, 0x28c0, 0x467f, 0x4c3d, 0x7d0b, 0x9a0b, 0xa77f, 0xad0b],
        name: /^Intel .*Volume Management Device/,
      },
    ],
    place: 'vmd-domain',
    harm: 'fails',
    title: 'Intel VMD: disks behind it stand in a domain of their own and send in the name of the VMD',
    happens:
      'Linux finds no host bridge that it trusts above them, and refuses pairs with them; their IOMMU group is that of the VMD.',
    helps: 'turn VMD off for these ports in the firmware settings (systems that boot from a VROC array need it).',
    sources: [{ url: 'https://git.kernel.org/linus/185a383ada2e7794b0e82e040223e741b24d2bf8', date: '2016-01-15' }],
  },
  {
    name: 'idt-source-validation',
    part: [{ vendor: IDT, devices: [0x80b5, 0x8090], name: /IDT .*(?:89H32H8G3|8090)/ }],
    place: 'present',
    harm: 'isolation',
    title: 'IDT switches 80b5 and 8090: ACS source validation refuses completions that it must not look at',
    happens:
      'configuration reads below it fail after a reset; newer kernels never turn source validation on for it, so groups may be larger.',
    helps: 'a kernel of 2026 or later; do not turn SrcValid on by hand.',
    sources: [
      { url: 'https://lexplain.net/commit-analyses/b26d7fb4a53e671a95b282b4f3922e79dfb1470d', date: '2026-01-02' },
      { url: 'https://lexplain.net/commit-analyses/b5f88a3947055e4ef8c04222ec75950d2fdfa79f', date: '2026-01-02' },
    ],
  },
  {
    name: 'amd-chipset-without-acs',
    // Downstream ports of the chipsets of the 400 and 600 series for desktops.
    part: [
      {
        vendor: AMD,
        devices: [0x43c7, 0x43f5],
        name: /AMD.* [46]00 Series Chipset PCIe (?:Switch Downstream )?Port/,
      },
    ],
    place: 'without-acs',
    harm: 'isolation',
    title: 'Chipset switches without ACS: everything below them is one IOMMU group',
    happens:
      'devices below the chipset reach each other past the IOMMU, and Linux puts them into one group with the ports.',
    helps: 'put cards that virtual machines are to have into slots and M.2 sockets of the processor.',
    sources: [
      { url: 'https://github.com/mathewlear/ASUS-X670E-I-IOMMU-GROUPS', date: '2023-08-20' },
      { url: 'https://github.com/chironjit/single-gpu-passthrough/issues/1', date: '2021-08-07' },
    ],
  },
];
