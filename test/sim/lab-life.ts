/** Many devices of one machine, used in random order, with faults at random points; what must always hold is looked at after every step. */
import { Prng } from '../../src/base/index.ts';
import { openScenario, patternSource, readMachineDescription } from '../../src/lab/index.ts';
import { moveBytes, stretchesOf } from '../../src/lab/scenario/data-steps.ts';
import { deviceStep } from '../../src/lab/scenario/device-steps.ts';
import type { StepOutcome } from '../../src/lab/scenario/events.ts';
import { mappingsHeld, referencesHeld } from '../../src/lab/scenario/expectations.ts';
import {
  attachImporter,
  closeBuffer,
  detachImporter,
  exportBuffer,
  invalidateBuffer,
  mapBuffer,
  unmapBuffer,
} from '../../src/lab/scenario/kernel-steps.ts';
import type { Lab } from '../../src/lab/scenario/lab.ts';
import type { LabBuffer, LabMapping } from '../../src/lab/scenario/lab-objects.ts';
import { sendRequests } from '../../src/lab/scenario/transfer.ts';
import type { PciFunction } from '../../src/pci/index.ts';
import { kernelVersion } from '../../src/uapi/index.ts';

/** Faults planted on purpose: a device that writes behind the end of its table, a revoke that leaves memory on. */
export type LabCanary = 'writes-past-the-table' | 'leaves-memory-on' | 'forgets-a-reference';

const PAGE = 0x1000n;
const BAR = 1;
const BAR_PAGES = 256;
const MAX_BUFFERS = 5;
const MAX_ATTACHMENTS = 8;
const MAX_MAPPINGS = 12;

const KINDS = [
  ...['export', 'export', 'attach', 'attach', 'attach', 'map', 'map', 'map', 'write', 'write', 'write', 'write'],
  ...[
    'unmap',
    'detach',
    'invalidate',
    'revoke',
    'restore',
    'restore',
    'reset',
    'close-buffer',
    'close-device',
    'unplug',
  ],
] as const;

/** Lives `steps` random steps. @throws where something does not hold. @returns how often each kind of step was done */
export function simulateLab(seed: number, steps: number, canary?: LabCanary): Record<string, number> {
  const life = new LabLife(new Prng(seed), canary);
  for (let step = 0; step < steps; step++) life.step();
  life.end();
  return life.done;
}

/** Eight devices on two switches and two root ports, with or without an IOMMU and redirect. */
function randomLab(prng: Prng, fault: () => boolean): Lab {
  const iommu = prng.pick([
    'none',
    '{kind: intel, type: DMA}',
    '{kind: intel, type: DMA-FQ}',
    '{kind: amd, type: DMA}',
    '{kind: intel, type: identity}',
  ]);
  const acs = () => (prng.oneIn(2) ? 'off' : 'SV RR CR UF');
  const pair = (n: number) =>
    `[{kind: gpu, label: GPU${n}}, {kind: nic, label: NIC${n}}, {kind: gpu, label: GPU${n + 1}}]`;
  const port = (n: number) =>
    `{kind: root-port, acs: ${acs()}, below: {kind: switch, acs: ${acs()}, below: ${pair(n)}}}`;
  const text = `peerpath-machine: 1
cpu: {vendor: GenuineIntel, family: 6}
kernel: 7.3.4
cmdline: intel_iommu=on
iommu: ${iommu}
host-bridges:
  - {bus: 0x00, id: "8086:09a2", devices: [${port(0)}, ${port(2)}]}
  - {bus: 0x80, id: "8086:09a2", devices: [{kind: root-port, below: {kind: nic, label: NIC9}}]}
`;
  const machine = readMachineDescription(text, 'random');
  if (!machine.ok) throw new Error(machine.error.text);
  const intended = prng.oneIn(2);
  const kernel = kernelVersion(7, 3);
  const run = openScenario({ name: 'random', steps: [], intended, kernel }, machine.value, fault);
  if (!run.ok) throw new Error(run.error.text);
  return run.value.lab;
}

class LabLife {
  readonly done: Record<string, number> = {};
  readonly #prng: Prng;
  readonly #canary: LabCanary | undefined;
  readonly #lab: Lab;
  readonly #gpus: readonly PciFunction[];
  readonly #nics: readonly PciFunction[];
  #faults = true;
  #count = 0;

  constructor(prng: Prng, canary: LabCanary | undefined) {
    this.#prng = prng;
    this.#canary = canary;
    this.#lab = randomLab(prng, () => this.#faults && prng.oneIn(25));
    const { functions } = this.#lab.machine.topology;
    this.#gpus = functions.filter((fn) => this.#lab.nameOf(fn).startsWith('GPU'));
    this.#nics = functions.filter((fn) => this.#lab.nameOf(fn).startsWith('NIC'));
  }

  step(): void {
    const kind = this.#prng.pick(KINDS) ?? 'map';
    if (kind === 'unplug' && !this.#prng.oneIn(15)) return;
    if (this.#perform(kind)) this.done[kind] = (this.done[kind] ?? 0) + 1;
    this.#lab.takeEffects();
    this.#checkMemory();
  }

  /** Everybody lets go: nothing may be left, and no call may still wait. */
  end(): void {
    const lab = this.#lab;
    this.#faults = false;
    for (const name of lab.mappings.keys()) unmapBuffer(lab, name);
    for (const name of lab.attachments.keys()) detachImporter(lab, name);
    for (const name of lab.buffers.keys()) {
      if (this.#canary !== 'forgets-a-reference') closeBuffer(lab, name);
    }
    hold(lab.calls.waiting.length === 0, 'a call waits for nobody');
    hold(mappingsHeld(lab) === 0, 'a mapping is left');
    hold(referencesHeld(lab) === 0, 'a reference is left');
    if (lab.machine.intended) hold(lab.mappedPages() === 0, 'a page is left in an I/O page table');
  }

  #perform(kind: (typeof KINDS)[number]): boolean {
    const lab = this.#lab;
    const prng = this.#prng;
    const buffer = prng.pick(this.#openBuffers());
    const attachment = prng.pick([...lab.attachments.values()].filter(({ attach }) => attach !== undefined));
    const mapping = prng.pick([...lab.mappings.values()].filter(({ sgt }) => sgt !== undefined));
    switch (kind) {
      case 'export':
        return this.#export();
      case 'attach':
        return buffer !== undefined && this.#attach(buffer);
      case 'map':
        if (attachment === undefined || this.#liveMappings() >= MAX_MAPPINGS) return false;
        return ok(mapBuffer(lab, { action: 'map', attachment: attachment.name, as: this.#name() }).outcome);
      case 'write':
        return mapping !== undefined && this.#write(mapping);
      case 'unmap':
        return mapping !== undefined && ok(unmapBuffer(lab, mapping.name));
      case 'detach':
        return attachment !== undefined && ok(detachImporter(lab, attachment.name));
      case 'invalidate':
        return buffer !== undefined && ok(invalidateBuffer(lab, buffer.name));
      case 'close-buffer':
        return buffer !== undefined && ok(closeBuffer(lab, buffer.name));
      default:
        return this.#happens(kind);
    }
  }

  #export(): boolean {
    const owner = this.#prng.pick(this.#gpus);
    if (owner === undefined || this.#openBuffers().length >= MAX_BUFFERS) return false;
    const ranges = Array.from({ length: 1 + this.#prng.below(3) }, () => ({
      offset: BigInt(this.#prng.below(BAR_PAGES)) * PAGE,
      length: BigInt(1 + this.#prng.below(8)) * PAGE,
    }));
    return ok(exportBuffer(this.#lab, owner, { action: 'export', device: '', bar: BAR, ranges, as: this.#name() }));
  }

  #attach(buffer: LabBuffer): boolean {
    const client = this.#prng.pick(this.#nics);
    const live = [...this.#lab.attachments.values()].filter(({ attach }) => attach !== undefined);
    if (client === undefined || this.#lab.unplugged.has(client) || live.length >= MAX_ATTACHMENTS) return false;
    return ok(
      attachImporter(this.#lab, client, {
        action: 'attach',
        buffer: buffer.name,
        device: '',
        importer: this.#prng.oneIn(8) ? 'static' : 'dynamic',
        maskBits: this.#prng.oneIn(4) ? 32 : 64,
        onInvalidate: this.#prng.oneIn(4) ? 'keep' : 'unmap',
        as: this.#name(),
      }),
    );
  }

  /** One page through the table: it lands in its own place of the exported ranges, or nowhere. */
  #write({ entries, attachment }: LabMapping): boolean {
    const { buffer, client } = attachment;
    const pages = Number(buffer.dmabuf.size / PAGE);
    const past = this.#canary === 'writes-past-the-table' && this.#prng.oneIn(3);
    const offset = BigInt(this.#prng.below(pages)) * PAGE;
    const [first = 0n, length = 0n] = entries.at(-1) ?? [];
    const stretches = past ? ([[first + length, PAGE]] as const) : stretchesOf(entries, offset, PAGE);
    const seed = this.#prng.next();
    const { transfer, outcome } = moveBytes(this.#lab, client, 'write', stretches, PAGE, patternSource(seed));
    for (const { end } of transfer?.landings ?? []) {
      if (end.kind === 'stopped') continue;
      hold(end.kind === 'function' && end.fn === buffer.owner && end.bar === BAR, 'a byte lands in another place');
      const place = end.kind === 'function' ? end.offset : 0n;
      hold(inRanges(buffer, place, PAGE), 'a byte lands outside the exported ranges');
      const written = new Uint8Array(Number(PAGE));
      const meant = new Uint8Array(Number(PAGE));
      this.#lab.memoryOf(buffer.owner, BAR).read(barOffset(buffer, offset), written);
      patternSource(seed).read(0n, meant);
      hold(
        written.every((byte, at) => byte === meant[at]),
        'a page lands in the place of another',
      );
    }
    return outcome.kind === 'done';
  }

  #happens(kind: 'revoke' | 'restore' | 'reset' | 'close-device' | 'unplug'): boolean {
    const fn = this.#prng.pick(kind === 'unplug' && this.#prng.oneIn(2) ? this.#nics : this.#gpus);
    if (fn === undefined || this.#lab.unplugged.has(fn)) return false;
    const leavesOn = kind === 'revoke' && this.#canary === 'leaves-memory-on';
    const outcome: StepOutcome = leavesOn ? { kind: 'done' } : deviceStep(this.#lab, fn, kind);
    if (kind !== 'restore' && ok(outcome)) this.#checkRevoked(fn, kind === 'revoke' || kind === 'unplug');
    return ok(outcome);
  }

  /** Once the call has returned nobody holds a mapping; while the memory is away nothing that was noted leads there. */
  #checkRevoked(fn: PciFunction, away: boolean): void {
    const lab = this.#lab;
    if (!this.#gpus.includes(fn)) return;
    for (const { vfio, owner } of lab.buffers.values()) {
      hold(owner !== fn || vfio?.mappings === 0, 'a mapping outlives a revoke that has returned');
    }
    if (!away) return;
    for (const { entries, attachment } of [...lab.mappings.values()].slice(-20)) {
      for (const [address, length] of entries) {
        const request = { requester: attachment.client, kind: 'write', address, length } as const;
        for (const { end } of sendRequests(lab.machine.router, (other) => lab.answers(other), request)) {
          hold(end.kind !== 'function' || end.fn !== fn, 'bytes arrive after a revoke that has returned');
        }
      }
    }
  }

  /** The memory itself: nothing of the machine, and of BARs only what lies by exported ranges. */
  #checkMemory(): void {
    const lab = this.#lab;
    hold(lab.ram.bytesWritten === 0n, 'a byte lands in the memory of the machine');
    for (const fn of lab.machine.topology.functions) {
      for (let bar = 0; bar < 6; bar++) {
        for (const start of lab.memoryOf(fn, bar).touched()) {
          const near = [...lab.buffers.values()].some(
            (buffer) => buffer.owner === fn && buffer.bar === bar && inRanges(buffer, start, 0x1_0000n, 'touch'),
          );
          hold(near, 'memory that was never exported was written');
        }
      }
    }
  }

  #openBuffers(): LabBuffer[] {
    return [...this.#lab.buffers.values()].filter(({ fd }) => fd !== undefined);
  }

  #liveMappings(): number {
    return [...this.#lab.mappings.values()].filter(({ sgt }) => sgt !== undefined).length;
  }

  #name(): string {
    return `n${this.#count++}`;
  }
}

function ok(outcome: StepOutcome): boolean {
  return outcome.kind === 'done';
}

/** Are all bytes (`touch`: is one byte) from `offset` of the BAR on within one range? */
function inRanges({ parts }: LabBuffer, offset: bigint, length: bigint, how: 'all' | 'touch' = 'all'): boolean {
  return parts.some(({ offset: start, length: len }) => {
    if (how === 'touch') return offset < start + len && start < offset + length;
    return offset >= start && offset + length <= start + len;
  });
}

/** Where byte `offset` of the buffer is in the BAR. */
function barOffset({ parts }: LabBuffer, offset: bigint): bigint {
  let left = offset;
  for (const { offset: start, length } of parts) {
    if (left < length) return start + left;
    left -= length;
  }
  throw new Error('the offset is in the buffer');
}

function hold(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}
