/** VFIO gives out memory of a BAR as a dma-buf, by the ioctl that a virtual machine monitor uses, until a reset takes it back. */
import { analyze, deviceNames, selectFunction } from 'peerpath';
import * as linux from 'peerpath/kernel';
import { readMachineDescription } from 'peerpath/lab';

const below = '{kind: root-port, below: {kind: switch, below: [{kind: gpu, driver: vfio-pci}, {kind: nic}]}}';
const machine = readMachineDescription(`peerpath-machine: 1\nhost-bridges: [{devices: [${below}]}]\n`, 'one switch');
if (!machine.ok) throw new Error(machine.error.text);
const { topology } = analyze(machine.value);
const gpu = selectFunction(topology, deviceNames(topology, undefined), 'gpu0');
if (!gpu.ok) throw new Error(gpu.error.text);

const version = linux.kernelVersion(7, 3);
const kernel = linux.dmaBufKernel({ version, mapType: () => 'PCI_P2PDMA_MAP_BUS_ADDR' });
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
const file = files.file(ioctl.value.value);
if (typeof file !== 'object' || !(file.priv instanceof linux.VfioDmaBuf)) throw new Error('no buffer of vfio');

const { log } = kernel;
const dma = {
  domain: undefined,
  behaviour: linux.dmaBehaviourOf(version),
  log,
  dmaMask: linux.dmaBitMask(64),
  busDmaLimit: 0n,
};
const nic = new linux.DmaDevice({
  name: 'nic0',
  ...dma,
  pci32bitWorkaround: true,
  untrusted: false,
  direct: linux.PLAIN_DIRECT_DMA,
});
const importer = { allowPeer2peer: true, invalidateMappings: () => console.log('the importer is told to let go') };
const attach = linux.dmaBufDynamicAttach(kernel, file.priv.dmabuf, nic, importer);
if (!attach.ok) throw new Error(attach.errno);
attach.value.dmabuf.resv.lock();
const mapped = linux.dmaBufMapAttachment(kernel, attach.value, linux.DMA_BIDIRECTIONAL);
attach.value.dmabuf.resv.unlock();
console.log(`descriptor ${ioctl.value.value}: ${file.priv.size} bytes, ${mapped.outcome}`);
if (linux.proceed(linux.vfioDeviceReset(device)).state === 'sleeping') console.log('the reset waits until it has');
