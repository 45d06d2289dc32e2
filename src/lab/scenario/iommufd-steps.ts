/** Address spaces of iommufd: buffers mapped straight into what a device of user space sees. */
import type { Iova } from '../../base/index.ts';
import { Ioas } from '../../iommufd/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import {
  IOMMU_IOAS_MAP_FIXED_IOVA,
  IOMMU_IOAS_MAP_READABLE,
  IOMMU_IOAS_MAP_WRITEABLE,
  type KernelResult,
} from '../../uapi/index.ts';
import type { StepOutcome } from './events.ts';
import { failed, NO_FD } from './kernel-steps.ts';
import type { Lab } from './lab.ts';
import type { LabAddressSpace } from './lab-objects.ts';
import type { AddressSpaceStep, MapFileStep, UnmapFileStep } from './scenario.ts';

const DONE: StepOutcome = { kind: 'done' };

/** A program opens the device and gives it an address space of its own, with all of its IOMMU group. */
export function makeAddressSpace(lab: Lab, fn: PciFunction, { as: name }: AddressSpaceStep): StepOutcome {
  const { world, kernel, assigned } = lab.machine;
  const type = world.domainType(fn);
  if (type.state === 'unreadable') return { kind: 'unknown', why: type.why };
  const space = world.userSpace(fn);
  if (space === undefined) return { kind: 'failed', errno: 'ENODEV', at: 'iommufd_device_bind: no IOMMU' };
  const users = [...lab.attachments.values()].filter(({ attach }) => attach !== undefined);
  const regions = [...lab.regions.values()].filter(({ mr }) => mr !== undefined);
  const busy = [...users, ...regions].some(({ client }) => space.members.includes(client));
  if (busy || assigned.has(fn)) return { kind: 'failed', errno: 'EPERM', at: 'iommu_device_claim_dma_owner' };
  const ioas = new Ioas(kernel);
  const attached = ioas.attachDomain(space.domain, space.reserved);
  if (!attached.ok) return failed(attached);
  lab.machine.assign(space.members, space.domain);
  lab.spaces.set(name, { name, domain: space.domain, ioas, files: new Set() });
  const others = space.members.filter((member) => member !== fn).map((member) => lab.nameOf(member));
  if (others.length > 0) lab.effect(`${others.join(', ')} of the same IOMMU group come along`);
  return DONE;
}

/** IOMMU_IOAS_MAP_FILE with IOMMU_IOAS_MAP_FIXED_IOVA. */
export function mapFile(lab: Lab, { space: name, buffer: bufferName, ...step }: MapFileStep): StepOutcome {
  const space = lab.space(name);
  const buffer = lab.buffers.get(bufferName);
  if (buffer?.fd === undefined) return NO_FD;
  const readable = step.access.includes('read') ? IOMMU_IOAS_MAP_READABLE : 0;
  const writeable = step.access.includes('write') ? IOMMU_IOAS_MAP_WRITEABLE : 0;
  const mapped = space.ioas.mapFile({
    files: lab.files,
    fd: buffer.fd,
    start: step.offset,
    length: step.length,
    iova: step.iova,
    flags: IOMMU_IOAS_MAP_FIXED_IOVA | readable | writeable,
  });
  if (!mapped.ok) return failed(mapped);
  space.files.add({ buffer, iova: step.iova, length: step.length, leads: true });
  return DONE;
}

/** IOMMU_IOAS_UNMAP. The last reference to a buffer needs the memory lock of its device. */
export function unmapFile(lab: Lab, { space: name, iova, length }: UnmapFileStep): StepOutcome {
  const space = lab.space(name);
  const within = [...space.files].filter((file) => file.iova < iova + length && iova < file.iova + file.length);
  const unmap = (): KernelResult<undefined> => {
    const unmapped = space.ioas.unmap(iova, length);
    if (unmapped.ok) for (const file of within) space.files.delete(file);
    return unmapped;
  };
  const last = within.find(({ buffer }) => buffer.dmabuf.references === 1)?.buffer;
  const device = last?.vfio?.device;
  if (last === undefined || device === undefined) {
    const unmapped = unmap();
    return unmapped.ok ? DONE : failed(unmapped);
  }
  const call = lab.calls.make(device, `release of ${last.name}`, function* () {
    yield* [];
    return unmap();
  });
  if (!call.returned) return { kind: 'waits', why: 'the memory lock of the device' };
  return call.value.ok ? DONE : failed(call.value);
}

/** Tells of buffers that were taken out of address spaces in the step. */
export function noteLostFiles(lab: Lab): void {
  for (const space of lab.spaces.values()) {
    for (const file of space.files) {
      const leads = space.domain.iovaToPhys(file.iova as Iova) !== undefined;
      if (file.leads && !leads) lab.effect(lostText(space, file.buffer.name));
      file.leads = leads;
    }
  }
}

function lostText({ name }: LabAddressSpace, buffer: string): string {
  return `${buffer} goes from ${name} for good; its addresses stay taken`;
}
