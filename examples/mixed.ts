/** A buffer of RAM and of device memory in one: what an importer behind an IOMMU gets of each part. The model of kernel code. */
import { hex, type PhysAddr } from 'peerpath';
import {
  DMA_BIDIRECTIONAL,
  DmaDevice,
  DmaDomain,
  dmaBehaviourOf,
  dmaBitMask,
  dmaBufDynamicAttach,
  dmaBufKernel,
  exportMixed,
  kernelVersion,
  MixedDmaBuf,
  PLAIN_DIRECT_DMA,
  unmapMixed,
} from 'peerpath/kernel';

const version = kernelVersion(7, 3);
const kernel = dmaBufKernel({ version, mapType: () => 'PCI_P2PDMA_MAP_BUS_ADDR' });
const { log } = kernel;
const behaviour = dmaBehaviourOf(version);
const pages = { granuleShift: 12, pageShifts: [12, 21, 30], apertureEnd: (1n << 48n) - 1n, outputBits: 52 };
const domain = new DmaDomain({ type: 'DMA', geometry: { kind: 'generic-pt', ...pages }, behaviour, log });
const nic = new DmaDevice({
  ...{ name: 'nic0', domain, behaviour, log, dmaMask: dmaBitMask(64), busDmaLimit: 0n },
  ...{ pci32bitWorkaround: true, untrusted: false, direct: PLAIN_DIRECT_DMA },
});

const bar = { start: 0x2000_0000_0000n, end: 0x2000_1000_0000n };
const provider = { busOffset: 0n, resource: { index: 0, cpu: bar, bus: bar, flags: 0x140204 } } as const;
const parts = [
  { paddr: 0x1_2345_6000n as PhysAddr, len: 0x2000n, provider: undefined },
  { paddr: bar.start as PhysAddr, len: 0x1000n, provider },
];
const dmabuf = exportMixed(kernel, parts);
if (!dmabuf.ok || !(dmabuf.value.ops instanceof MixedDmaBuf)) throw new Error('not exported');
const attach = dmaBufDynamicAttach(kernel, dmabuf.value, nic, { allowPeer2peer: true, invalidateMappings: () => {} });
if (!attach.ok) throw new Error(attach.errno);

dmabuf.value.resv.lock();
const mapping = dmabuf.value.ops.mapRanges(attach.value, DMA_BIDIRECTIONAL);
if (!mapping.ok) throw new Error(`${mapping.errno} at ${mapping.at}`);
for (const [at, { dma, len }] of mapping.value.dmaParts.entries())
  console.log(`${parts[at]?.provider === undefined ? 'RAM' : 'BAR'}: ${dma.space} ${hex(dma.addr)}, ${len} bytes`);
unmapMixed(mapping.value);
dmabuf.value.resv.unlock();
