/** iommufd puts memory of a VFIO device into the address space of a guest, and asks nobody whether the pair is allowed. */
import { analyze, deviceNames, hex, type Iova, selectFunction } from 'peerpath';
import * as linux from 'peerpath/kernel';
import { readMachineDescription } from 'peerpath/lab';

const below = '{kind: root-port, below: {kind: gpu, driver: vfio-pci}}';
const machine = readMachineDescription(`peerpath-machine: 1\nhost-bridges: [{devices: [${below}]}]\n`, 'one GPU');
if (!machine.ok) throw new Error(machine.error.text);
const { topology } = analyze(machine.value);
const gpu = selectFunction(topology, deviceNames(topology, undefined), 'gpu0');
if (!gpu.ok) throw new Error(gpu.error.text);

const version = linux.kernelVersion(7, 3);
const kernel = linux.dmaBufKernel({ version, mapType: () => 'PCI_P2PDMA_MAP_NOT_SUPPORTED' });
const device = new linux.VfioPciDevice({
  kernel,
  topology,
  fn: gpu.value,
  driver: linux.VFIO_PCI,
  resetWorks: true,
  intended: false,
});
device.open();
const files = new linux.FileTable();
const request = linux.encodeDmaBufFeature({ regionIndex: 0, ranges: [{ offset: 0n, length: 0x10000n }] });
const ioctl = linux.proceed(
  linux.vfioDeviceIoctl(device, files, linux.VFIO_DEVICE_FEATURE, new linux.UserMemory(request)),
);
if (ioctl.state === 'sleeping' || !ioctl.value.ok) throw new Error('no descriptor');

const behaviour = linux.dmaBehaviourOf(version);
const pages = { granuleShift: 12, pageShifts: [12, 21, 30], apertureEnd: (1n << 48n) - 1n, outputBits: 52 };
const domain = new linux.DmaDomain({
  type: 'DMA',
  geometry: { kind: 'generic-pt', ...pages },
  behaviour,
  log: kernel.log,
});
const ioas = new linux.Ioas(kernel);
const attached = ioas.attachDomain(domain);
if (!attached.ok) throw new Error(attached.errno);
const iova = 0x4000_0000n;
const flags = linux.IOMMU_IOAS_MAP_FIXED_IOVA | linux.IOMMU_IOAS_MAP_READABLE | linux.IOMMU_IOAS_MAP_WRITEABLE;
const mapped = ioas.mapFile({ files, fd: ioctl.value.value, start: 0n, length: 0x10000n, iova, flags });
const leads = (): string => {
  const address = domain.iovaToPhys(iova as Iova);
  return address === undefined ? 'nowhere' : `to ${hex(address)}`;
};
console.log(`mapped: ${mapped.ok}, ${hex(iova)} leads ${leads()}`);
linux.proceed(linux.vfioDeviceReset(device));
console.log(`after a reset of the device it leads ${leads()}`);
