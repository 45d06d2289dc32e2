/** Memory regions of RDMA devices over a buffer: registering, moving bytes through them, deregistering. */
import { dmaBitMask, dmaSetMaskAndCoherent } from '../../dma/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import { type MemoryRegion, regUserMrDmabuf, umemModeOf } from '../../rdma/index.ts';
import type { DataSource } from './data-source.ts';
import { type MoveResult, moveBytes } from './data-steps.ts';
import type { LabTable, StepOutcome } from './events.ts';
import { failed, IN_USE, NO_FD } from './kernel-steps.ts';
import type { Lab } from './lab.ts';
import type { LabRegion } from './lab-objects.ts';
import type { RegisterStep } from './scenario.ts';

/** RDMA adapters send all 64 bits. */
const MASK_BITS = 64;
const MAX_ENTRIES = 64;

/** Registers. The table it tells is the adapter's: one entry for each block. */
export function registerRegion(
  lab: Lab,
  client: PciFunction,
  step: RegisterStep,
): { readonly outcome: StepOutcome; readonly table?: LabTable } {
  const { kernel, world } = lab.machine;
  const buffer = lab.buffers.get(step.buffer);
  if (buffer?.fd === undefined) return { outcome: NO_FD };
  if (lab.machine.assigned.has(client)) return { outcome: IN_USE };
  const refused = refusedAccess(step);
  if (refused !== undefined) return { outcome: refused };
  const device = world.device(client);
  const verdict = lab.machine.verdict(buffer.owner, client);
  if (device.state !== 'known' || verdict.mapType === 'unknown') {
    const why = device.state === 'unreadable' ? device.why : 'the verdict for the pair is unknown';
    return { outcome: { kind: 'unknown', why } };
  }
  const masked = dmaSetMaskAndCoherent(device.value, dmaBitMask(MASK_BITS));
  if (!masked.ok) return { outcome: failed(masked) };
  const mode = umemModeOf(step.driver, kernel.version);
  if (mode === undefined) return { outcome: { kind: 'unknown', why: `how ${step.driver} holds buffers is not known` } };
  const registered = regUserMrDmabuf(kernel, {
    files: lab.files,
    fd: buffer.fd,
    offset: step.offset,
    size: step.length,
    dmaDevice: device.value,
    mode,
    virtAddr: step.address,
    pageSizes: step.pageSizes.reduce((bits, size) => bits | size, 0n),
  });
  if (!registered.ok) return { outcome: failed(registered) };
  const mr = registered.value;
  lab.regions.set(step.as, { name: step.as, buffer, client, access: step.access, mr, loaded: true });
  return { outcome: { kind: 'done' }, table: blocksOf(mr) };
}

/** Who may write from elsewhere may write from here: the man page of ibv_reg_mr(). */
function refusedAccess({ access }: RegisterStep): StepOutcome | undefined {
  const remote = access.includes('remote-write') || access.includes('remote-atomic');
  if (!remote || access.includes('local-write')) return undefined;
  return { kind: 'failed', errno: 'EINVAL', at: 'ib_check_mr_access: remote writes without local ones' };
}

const FLOWS = { bus: 'bus-addr', iova: 'iova', phys: 'direct' } as const;

function blocksOf({ translation }: MemoryRegion): LabTable {
  const { space, blocks, pageSize } = translation ?? { space: 'phys', blocks: [], pageSize: 0n };
  const entries = blocks.slice(0, MAX_ENTRIES).map((block): [bigint, bigint] => [block, pageSize]);
  return { flow: FLOWS[space], space, nents: blocks.length, origNents: blocks.length, entries };
}

/** The device reads or writes bytes of the region; a dynamic one without a translation faults first. */
export function moveByRegion(
  lab: Lab,
  region: LabRegion,
  kind: 'read' | 'write',
  offset: bigint,
  length: bigint,
  source: DataSource,
): MoveResult {
  const { mr, client, name } = region;
  const notSent = (why: string): MoveResult => ({ outcome: { kind: 'stopped', why: `not-sent: ${why}` } });
  if (mr === undefined) return notSent('the region is deregistered');
  if (kind === 'write' && !region.access.includes('local-write')) return notSent('the region may only be read');
  const { virtAddr, size, mode } = mr.request;
  if (offset + length > size) return notSent('beyond the region');
  if (mr.translation === undefined) {
    if (mode !== 'dynamic') return notSent('the adapter has no translation');
    const loaded = mr.load();
    if (!loaded.ok) return notSent(`the adapter faults, and gets ${loaded.errno} (${loaded.at})`);
    lab.effect(`${lab.nameOf(client)} faults, and its driver maps ${name} again`);
    region.loaded = true;
  }
  const stretches = stretchesThrough(mr, virtAddr + offset, length);
  return moveBytes(lab, client, kind, stretches, length, source);
}

/** The DMA addresses of bytes in a row. */
function stretchesThrough(mr: MemoryRegion, start: bigint, length: bigint): [bigint, bigint][] {
  const pageSize = mr.translation?.pageSize ?? length;
  const stretches: [bigint, bigint][] = [];
  for (let at = start; at < start + length; ) {
    const inPage = pageSize - (at % pageSize);
    const take = inPage < start + length - at ? inPage : start + length - at;
    const address = mr.translate(at);
    if (address === undefined) break;
    const last = stretches.at(-1);
    if (last !== undefined && last[0] + last[1] === address) last[1] += take;
    else stretches.push([address, take]);
    at += take;
  }
  return stretches;
}

/** Deregisters: the mapping goes at once, the buffer's last reference when its device's memory lock is free. */
export function deregisterRegion(lab: Lab, name: string): StepOutcome {
  const region = lab.region(name);
  const { mr, buffer } = region;
  if (mr === undefined) {
    lab.effect(`${name} is deregistered already`);
    return { kind: 'done' };
  }
  region.mr = undefined;
  region.loaded = false;
  mr.zap();
  const { resv } = mr.umem.dmabuf;
  resv.lock();
  mr.umem.revoke();
  resv.unlock();
  lab.calls.settle();
  lab.drop(buffer, () => mr.deregister());
  return { kind: 'done' };
}

/** Tells of adapters that lost a translation in the step. */
export function noteLostTranslations(lab: Lab): void {
  for (const region of lab.regions.values()) {
    const { mr, client, name } = region;
    const loaded = mr?.translation !== undefined;
    if (region.loaded && !loaded) {
      const forGood = mr?.umem.revoked === true ? ', for good' : '; it faults when it next needs it';
      lab.effect(`${lab.nameOf(client)} loses its translation of ${name}${forGood}`);
    }
    region.loaded = loaded;
  }
}
