/** Steps that call the kernel: export, attach, map and their undoing. */
import { assert } from '../../base/index.ts';
import type { Fact } from '../../capture/index.ts';
import { type DmaDevice, dmaBitMask, dmaSetMaskAndCoherent } from '../../dma/index.ts';
import {
  type DmaBufAttachOps,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufFd,
  dmaBufGet,
  dmaBufInvalidateMappings,
  dmaBufMapAttachment,
  dmaBufUnmapAttachment,
  exportPhys,
  exportVram,
  type SgtMapping,
} from '../../dma-buf/index.ts';
import { pcimP2pdmaProvider, type Verdict } from '../../p2pdma/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import { dmaEntries, PhysVecArray } from '../../scatterlist/index.ts';
import { DMA_BIDIRECTIONAL, kernelAtLeast, kernelVersion, VFIO_DEVICE_FEATURE } from '../../uapi/index.ts';
import { encodeDmaBufFeature, UserMemory, VfioDmaBuf, vfioDeviceIoctl } from '../../vfio/index.ts';
import type { LabTable, StepOutcome } from './events.ts';
import type { Lab } from './lab.ts';
import type { LabAttachment, LabMapping } from './lab-objects.ts';
import type { AttachStep, ExportStep, MapStep } from './scenario.ts';

const DONE: StepOutcome = { kind: 'done' };

/** Asks the device for a buffer, byte for byte as a program does. */
export function exportBuffer(lab: Lab, owner: PciFunction, step: ExportStep): StepOutcome {
  if (step.exporter === 'gpu' || step.exporter === 'list') return exportByDriver(lab, owner, step);
  const device = lab.vfioDevice(owner);
  const memory = new UserMemory(encodeDmaBufFeature({ regionIndex: step.bar, ranges: step.ranges }));
  const call = lab.calls.make(device, `export of ${step.as}`, function* () {
    const fd = yield* vfioDeviceIoctl(device, lab.files, VFIO_DEVICE_FEATURE, memory);
    if (fd.ok) keepBuffer(lab, owner, step, fd.value);
    return fd;
  });
  if (!call.returned) return { kind: 'waits', why: 'the memory lock of the device' };
  return call.value.ok ? DONE : failed(call.value);
}

function keepBuffer(lab: Lab, owner: PciFunction, { as: name, bar, ranges: parts }: ExportStep, fd: number): void {
  const file = lab.files.file(fd);
  assert(file !== undefined && file !== 'other file' && file.priv instanceof VfioDmaBuf, 'vfio gives a buffer of vfio');
  lab.buffers.set(name, { name, owner, bar, parts, dmabuf: file, vfio: file.priv, fd });
}

/** A driver of the kernel exports memory of its device. */
function exportByDriver(lab: Lab, owner: PciFunction, step: ExportStep): StepOutcome {
  const { as: name, bar, ranges, exporter } = step;
  const { kernel } = lab.machine;
  const aperture = pcimP2pdmaProvider(owner, bar);
  if (aperture === undefined) return failed({ errno: 'EINVAL', at: 'pcim_p2pdma_provider' });
  const base = aperture.resource.cpu.start;
  const phys = PhysVecArray.of(ranges.map(({ offset, length }) => [base + offset, length]));
  const made =
    exporter === 'gpu'
      ? exportVram({ kernel, aperture, blocks: ranges, peer2peer: true })
      : exportPhys(kernel, phys, step.size ?? phys.totalLength());
  if (!made.ok) return failed(made);
  const fd = dmaBufFd(lab.files, made.value);
  if (!fd.ok) {
    made.value.put();
    return failed(fd);
  }
  lab.buffers.set(name, { name, owner, bar, parts: ranges, dmabuf: made.value, vfio: undefined, fd: fd.value });
  return DONE;
}

/** A buffer whose export still waits has no descriptor. */
export const NO_FD: StepOutcome = { kind: 'failed', errno: 'EBADF', at: 'the export has not returned' };

/** Of a function that user space has. */
export const IN_USE: StepOutcome = { kind: 'failed', errno: 'EBUSY', at: 'iommu_device_use_default_domain' };

/** A driver attaches: it has said which addresses its device can use, and holds the buffer from now on. */
export function attachImporter(lab: Lab, client: PciFunction, step: AttachStep): StepOutcome {
  const { kernel, world } = lab.machine;
  const buffer = lab.buffers.get(step.buffer);
  if (buffer === undefined) return NO_FD;
  const device: Fact<DmaDevice> = world.device(client);
  if (device.state !== 'known') {
    return { kind: 'unknown', why: device.state === 'absent' ? 'the device has no DMA mask' : device.why };
  }
  if (lab.machine.assigned.has(client)) return IN_USE;
  const masked = dmaSetMaskAndCoherent(device.value, dmaBitMask(step.maskBits));
  if (!masked.ok) return failed(masked);
  const attachment: LabAttachment = {
    name: step.as,
    buffer,
    client,
    keeps: step.onInvalidate === 'keep',
    mappings: new Set(),
    attach: undefined,
  };
  if (kernel.rules.mappingTypes !== 'none') {
    const { mapType, missing } = lab.machine.verdict(buffer.owner, client);
    if (mapType === 'unknown') return unknownVerdict(missing);
  }
  const got = buffer.fd === undefined ? undefined : dmaBufGet(lab.files, buffer.fd);
  if (got?.ok !== true) return { kind: 'failed', errno: 'EBADF', at: 'dma_buf_get: not open' };
  const attached = dmaBufDynamicAttach(kernel, got.value, device.value, attachOps(lab, attachment, step));
  if (!attached.ok) {
    lab.drop(buffer, () => got.value.put());
    return failed(attached);
  }
  attachment.attach = attached.value;
  lab.attachments.set(step.as, attachment);
  const agreed = attached.value.mapType?.type.name;
  if (agreed !== undefined) lab.effect(`${lab.nameOf(client)} and ${buffer.name} agree on: ${agreed}`);
  return DONE;
}

function unknownVerdict(missing: Verdict['missing']): StepOutcome {
  const facts = missing.map(({ fact }) => fact).join(', ');
  return { kind: 'unknown', why: `the verdict for the pair is unknown: ${facts}` };
}

function attachOps(lab: Lab, attachment: LabAttachment, { importer }: AttachStep): DmaBufAttachOps | undefined {
  if (importer === 'static') return undefined;
  if (importer === 'dynamic') return { allowPeer2peer: true, invalidateMappings: () => told(lab, attachment) };
  // Before 7.1, and where mapping types are negotiated, a callback has to be there; that of pinning importers only warns.
  const { kernel } = lab.machine;
  if (kernel.rules.mappingTypes === 'none' && kernelAtLeast(kernel.version, kernelVersion(7, 1)))
    return { allowPeer2peer: true };
  const warn = () => lab.effect(`${attachment.name} is told that its memory goes, and can do nothing`);
  return { allowPeer2peer: true, invalidateMappings: warn };
}

/** The exporter says, with the lock held, that mappings must go. */
function told(lab: Lab, attachment: LabAttachment): void {
  const names = [...attachment.mappings].map(({ name }) => name).join(', ');
  if (names === '') return;
  if (attachment.keeps) {
    lab.effect(`${lab.nameOf(attachment.client)} is told to unmap ${names}, and keeps it`);
    return;
  }
  lab.effect(`${lab.nameOf(attachment.client)} is told to unmap ${names}, and does`);
  for (const mapping of [...attachment.mappings]) takeBack(lab, mapping);
}

/** Maps for the importer. */
export function mapBuffer(lab: Lab, step: MapStep): { readonly outcome: StepOutcome; readonly table?: LabTable } {
  const { kernel } = lab.machine;
  const attachment = lab.attachment(step.attachment);
  const { attach, buffer, client } = attachment;
  if (attach === undefined) return { outcome: { kind: 'failed', errno: 'EINVAL', at: 'the importer is detached' } };
  const { mapType, missing } = lab.machine.verdict(buffer.owner, client);
  if (mapType === 'unknown') return { outcome: unknownVerdict(missing) };
  const { resv } = attach.dmabuf;
  resv.lock();
  const mapped = dmaBufMapAttachment(kernel, attach, DMA_BIDIRECTIONAL);
  if (mapped.outcome === 'mapped') resv.wait('kernel');
  resv.unlock();
  if (mapped.outcome === 'failed') return { outcome: failed(mapped) };
  if (mapped.outcome === 'crashed') return { outcome: { kind: 'crashed', at: mapped.at } };
  const sgt = mapped.mapping;
  const entries = [...dmaEntries(sgt.table)].map(({ dmaAddress, dmaLength }): [bigint, bigint] => [
    dmaAddress.addr,
    BigInt(dmaLength),
  ]);
  const mapping: LabMapping = { name: step.as, attachment, entries, sgt };
  attachment.mappings.add(mapping);
  lab.mappings.set(step.as, mapping);
  return { outcome: DONE, table: tableOf(sgt, entries) };
}

const MAX_ENTRIES = 64;

/** What an importer got, as far as a run tells it. */
function tableOf({ flow, table }: SgtMapping, entries: LabMapping['entries']): LabTable {
  const { space, nents, origNents } = table;
  return { flow, space, nents, origNents, entries: entries.slice(0, MAX_ENTRIES) };
}

/** The importer unmaps of its own accord. */
export function unmapBuffer(lab: Lab, name: string): StepOutcome {
  const mapping = lab.mapping(name);
  const { attach } = mapping.attachment;
  if (mapping.sgt === undefined || attach === undefined) {
    lab.effect(`${name} is unmapped already`);
    return DONE;
  }
  attach.dmabuf.resv.lock();
  takeBack(lab, mapping);
  attach.dmabuf.resv.unlock();
  lab.calls.settle();
  return DONE;
}

function takeBack(lab: Lab, mapping: LabMapping): void {
  dmaBufUnmapAttachment(lab.machine.kernel, mapping.attachment.attach, mapping.sgt, DMA_BIDIRECTIONAL);
  mapping.sgt = undefined;
  mapping.attachment.mappings.delete(mapping);
}

/** The importer unmaps what it has left, detaches, and lets go of the buffer. */
export function detachImporter(lab: Lab, name: string): StepOutcome {
  const attachment = lab.attachment(name);
  const { attach } = attachment;
  if (attach === undefined) {
    lab.effect(`${name} is detached already`);
    return DONE;
  }
  for (const mapping of [...attachment.mappings]) unmapBuffer(lab, mapping.name);
  dmaBufDetach(lab.machine.kernel, attach.dmabuf, attach);
  attachment.attach = undefined;
  lab.drop(attachment.buffer, () => attach.dmabuf.put());
  return DONE;
}

/** The exporter tells importers that mappings must go; they may map again. */
export function invalidateBuffer(lab: Lab, name: string): StepOutcome {
  const dmabuf = lab.buffers.get(name)?.dmabuf;
  if (dmabuf === undefined) return NO_FD;
  dmabuf.resv.lock();
  dmaBufInvalidateMappings(lab.machine.kernel, dmabuf);
  dmabuf.resv.unlock();
  lab.calls.settle();
  return DONE;
}

/** The process that exported closes its descriptor. */
export function closeBuffer(lab: Lab, name: string): StepOutcome {
  const buffer = lab.buffers.get(name);
  if (buffer === undefined) return NO_FD;
  const { fd } = buffer;
  if (fd === undefined) return { kind: 'failed', errno: 'EBADF', at: 'close' };
  buffer.fd = undefined;
  lab.drop(buffer, () => lab.files.close(fd));
  return DONE;
}

/** A kernel error as an outcome. */
export function failed({
  errno,
  at,
}: {
  readonly errno: Extract<StepOutcome, { kind: 'failed' }>['errno'];
  readonly at: string;
}): StepOutcome {
  return { kind: 'failed', errno, at };
}
