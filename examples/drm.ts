/** A graphics driver imports memory of another device: an address for every page, as amdgpu and xe keep them. */
import { hex, type Iova, type PhysAddr } from 'peerpath';
import {
  DmaDevice,
  DmaDomain,
  dmaBehaviourOf,
  dmaBitMask,
  dmaBufKernel,
  drmGemPrimeImport,
  drmPrimeGemDestroy,
  exportMixed,
  kernelVersion,
  PLAIN_DIRECT_DMA,
} from 'peerpath/kernel';

const version = kernelVersion(7, 3);
const kernel = dmaBufKernel({ version, mapType: () => 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE' });
const { log } = kernel;
const behaviour = dmaBehaviourOf(version);
const pages = { granuleShift: 12, pageShifts: [12, 21, 30], apertureEnd: (1n << 48n) - 1n, outputBits: 52 };
const domain = new DmaDomain({ type: 'DMA', geometry: { kind: 'generic-pt', ...pages }, behaviour, log });
const gpu = new DmaDevice({
  ...{ name: 'gpu0', domain, behaviour, log, dmaMask: dmaBitMask(64), busDmaLimit: 0n },
  ...{ pci32bitWorkaround: true, untrusted: false, direct: PLAIN_DIRECT_DMA },
});

const bar = { start: 0x2000_0000_0000n, end: 0x2000_1000_0000n };
const provider = { busOffset: 0n, resource: { index: 0, cpu: bar, bus: bar, flags: 0x140204 } } as const;
const dmabuf = exportMixed(kernel, [{ paddr: bar.start as PhysAddr, len: 0x3000n, provider }]);
if (!dmabuf.ok) throw new Error(dmabuf.errno);

const imported = drmGemPrimeImport(kernel, dmabuf.value, gpu, 'dynamic');
if (!imported.ok) throw new Error(`${imported.errno} at ${imported.at}`);
for (const page of imported.value.pages ?? [])
  console.log(`page ${hex(page)} leads to ${hex(domain.iovaToPhys(page as Iova) ?? 0n)}`);
drmPrimeGemDestroy(imported.value);
console.log(`attached when it is gone: ${dmabuf.value.attachments.length}`);
