/**
 * Puts the calls of a recorded VFIO program to the model. The program opens one function after the other, exports parts
 * of its BARs, and lets a module attach to and map every buffer; what it did between two lines is told by their cases.
 */
import { defined } from '../src/base/index.ts';
import {
  DmaBuf,
  type DmaBufAttachOps,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufGet,
  dmaBufMapAttachment,
  dmaBufUnmapAttachment,
  FileTable,
  proceed,
  type Sleeping,
} from '../src/dma-buf/index.ts';
import type { SgTable } from '../src/scatterlist/index.ts';
import {
  type DmaDirection,
  ERRNO,
  type KernelResult,
  PCI_COMMAND_MEMORY,
  parseBdf,
  VFIO_DEVICE_FEATURE,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_RESET,
} from '../src/uapi/index.ts';
import {
  encodeDmaBufFeature,
  type RegionRange,
  resetMethod,
  UserMemory,
  VFIO_PCI,
  VfioDmaBuf,
  VfioPciDevice,
  vfioCloseDevice,
  vfioDeviceIoctl,
  vfioWriteCommand,
} from '../src/vfio/index.ts';
import { hexText, hexValue } from './hex.ts';
import type { ModelledMachine } from './modelled-machine.ts';
import type { Answer } from './recording.ts';

/** What the lines of `vfio.jsonl` are. */
export const VFIO_KINDS = ['vfio_region', 'vfio_dma_buf', 'vfio_reset', 'fdmap'] as const;

/** Lines write out this many ranges; the others cycle through the BAR page by page. */
const LISTED_RANGES = 16;
const PAGE = 0x1000n;
const REGION_INFO_SIZE = 32;
/** Cases about the one buffer that the program keeps while it changes the state of the function. */
const KEPT = 'kept open';

/** What the program does to the function before the first line of a case. */
const BEFORE_CASE: Readonly<Record<string, (device: VfioPciDevice) => Sleeping<unknown>>> = {
  'kept open, memory decoding off': (device) => vfioWriteCommand(device, 0),
  'kept open, memory decoding on again': (device) => vfioWriteCommand(device, PCI_COMMAND_MEMORY),
  'kept open, after a reset and decoding on': (device) => vfioWriteCommand(device, PCI_COMMAND_MEMORY),
  'kept open, device closed': vfioCloseDevice,
};

/** Importers of the module, by the number that `p2p` has. */
const IMPORTERS: readonly DmaBufAttachOps[] = [
  { allowPeer2peer: false, invalidateMappings: () => undefined },
  { allowPeer2peer: true, invalidateMappings: () => undefined },
  { allowPeer2peer: true },
];

/** The program, from the first line on. */
export class VfioProgram {
  readonly #machine: ModelledMachine;
  #name = '';
  #device: VfioPciDevice | undefined;
  #files = new FileTable();
  #fd: number | undefined;
  #keptFd: number | undefined;
  #case = '';

  /** @param machine after the requests of `answers.jsonl`, as the addresses depend on them */
  constructor(machine: ModelledMachine) {
    this.#machine = machine;
  }

  /** All fields of the line, as the model gives them. @throws where the line cannot be understood. */
  answer(line: Answer): Answer {
    const fn = line['device'] ?? line['provider'] ?? this.#name;
    if (fn !== this.#name) this.#open(String(fn));
    if (line['case'] !== undefined && line['case'] !== this.#case) this.#beginCase(String(line['case']));
    switch (line['op']) {
      case 'vfio_region':
        return this.#region(line);
      case 'vfio_dma_buf':
        return this.#export(line);
      case 'vfio_reset':
        return { op: line['op'], errno: errnoOf(this.#ioctl(VFIO_DEVICE_RESET, new Uint8Array(0))) };
      case 'fdmap':
        return line['importer'] === undefined ? this.#closed(line) : this.#map(line);
      default:
        throw new Error(`not modelled: ${line['op']}`);
    }
  }

  #open(name: string): void {
    const { kernel, topology } = this.#machine;
    const fn = this.#machine.function(defined(parseBdf(name), `function ${name}`));
    const resetWorks = resetMethod(topology, fn).state === 'known';
    this.#device = new VfioPciDevice({ kernel, topology, fn, driver: VFIO_PCI, resetWorks });
    this.#device.open();
    this.#files = new FileTable();
    this.#name = name;
    this.#fd = undefined;
    this.#keptFd = undefined;
  }

  #beginCase(name: string): void {
    this.#case = name;
    const before = BEFORE_CASE[name];
    if (before !== undefined) finish(before(defined(this.#device, 'open device')));
  }

  #region(line: Answer): Answer {
    const bytes = new Uint8Array(REGION_INFO_SIZE);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, REGION_INFO_SIZE, true);
    view.setUint32(8, Number(line['region']), true);
    const errno = errnoOf(this.#ioctl(VFIO_DEVICE_GET_REGION_INFO, bytes));
    const { op, device, region } = line;
    const size = hexText(view.getBigUint64(16, true));
    return { op, device, region, errno, size, flags: hexText(view.getUint32(4, true)) };
  }

  #export(line: Answer): Answer {
    if (this.#fd !== undefined && this.#fd !== this.#keptFd) this.#files.close(this.#fd);
    this.#fd = undefined;
    const bytes = encodeDmaBufFeature({
      regionIndex: Number(line['region']),
      openFlags: Number(hexValue(line['open_flags'])),
      flags: Number(hexValue(line['flags'])),
      nrRanges: Number(line['nr_ranges']),
      argsz: Number(line['argsz']),
      featureFlags: Number(hexValue(line['feature_flags'])),
      ranges: this.#ranges(line),
    });
    const result = this.#ioctl(VFIO_DEVICE_FEATURE, bytes);
    const file = result.ok ? this.#files.file(result.value) : undefined;
    if (result.ok && file !== undefined) this.#fd = result.value;
    if (String(line['case']).startsWith(KEPT)) this.#keptFd = this.#fd;
    const { dmabuf_size: _, fd_flags: __, fd_cloexec: ___, ...asked } = line;
    return { ...asked, ok: result.ok, errno: errnoOf(result), ...(file instanceof DmaBuf ? fileFields(file) : {}) };
  }

  /** The ranges in the program's memory. */
  #ranges(line: Answer): RegionRange[] {
    const listed = (line['ranges'] as [string, string][]).map(([offset, length]) => {
      return { offset: hexValue(offset), length: hexValue(length) };
    });
    const count = Number(line['ranges_in_memory']);
    const size = defined(this.#device, 'open device').barSize(Number(line['region']));
    const lastIsEmpty = String(line['case']).endsWith('the last empty');
    for (let index = LISTED_RANGES; index < count; index++) {
      const length = lastIsEmpty && index === count - 1 ? 0n : PAGE;
      listed.push({ offset: (BigInt(index) * PAGE) % size, length });
    }
    return listed;
  }

  /** The module attaches, maps, writes down what it got, and lets go. */
  #map(line: Answer): Answer {
    const machine = this.#machine;
    const { kernel } = machine;
    const fd = String(line['case']).startsWith(KEPT) ? this.#keptFd : this.#fd;
    const got = dmaBufGet(this.#files, fd ?? -1);
    if (!got.ok) throw new Error('the case has no buffer');
    const dmabuf = got.value;
    const importer = machine.function(defined(parseBdf(String(line['importer'])), 'importer'));
    const dev = machine.device(importer);
    const { op, provider, dir, p2p } = line;
    const head = {
      op,
      case: line['case'],
      provider,
      importer: line['importer'],
      importer_mask: hexText(dev.dmaMask ?? 0n),
      dir,
      p2p,
      buf_size: hexText(dmabuf.size),
    };
    const attached = dmaBufDynamicAttach(kernel, dmabuf, dev, IMPORTERS[Number(p2p)]);
    if (!attached.ok) {
      dmabuf.put();
      return { ...head, attach_errno: -errnoOf(attached) };
    }
    const attach = attached.value;
    const { mapType } = machine.verdict(defined(this.#device, 'open device').fn, importer, undefined);
    if (mapType === 'unknown') throw new Error('the capture leaves the verdict of this pair open');
    machine.nextMapType = mapType;
    dmabuf.resv.lock();
    const outcome = dmaBufMapAttachment(kernel, attach, dir as DmaDirection);
    const answer: Answer = { ...head, attach_errno: 0, peer2peer: attach.peer2peer ? 1 : 0 };
    const table = outcome.outcome === 'mapped' ? tableFields(outcome.mapping.table) : {};
    if (outcome.outcome === 'mapped') dmaBufUnmapAttachment(kernel, attach, outcome.mapping, dir as DmaDirection);
    dmabuf.resv.unlock();
    dmaBufDetach(kernel, dmabuf, attach);
    dmabuf.put();
    const mapErrno = outcome.outcome === 'failed' ? -ERRNO[outcome.errno] : 0;
    return { ...answer, map_errno: mapErrno, ...table };
  }

  /** The program closed its buffer: the module finds nothing behind the descriptor. */
  #closed(line: Answer): Answer {
    if (this.#keptFd !== undefined) this.#files.close(this.#keptFd);
    const { op, provider } = line;
    return { op, case: line['case'], provider, write_errno: errnoOf(dmaBufGet(this.#files, this.#keptFd ?? -1)) };
  }

  #ioctl(request: number, bytes: Uint8Array): KernelResult<number> {
    return finish(vfioDeviceIoctl(defined(this.#device, 'open device'), this.#files, request, new UserMemory(bytes)));
  }
}

/** Positive, as a program sees it; 0 for success. */
function errnoOf(result: KernelResult<unknown>): number {
  return result.ok ? 0 : ERRNO[result.errno];
}

/** The module of the recordings holds no mapping when the program calls: nothing sleeps. */
function finish<T>(call: Sleeping<T>): T {
  const progress = proceed(call);
  if (progress.state === 'sleeping') throw new Error('the call sleeps');
  return progress.value;
}

function fileFields(file: DmaBuf): Answer {
  if (!(file.priv instanceof VfioDmaBuf)) throw new Error('not a buffer of vfio');
  const { fileFlags, closeOnExec } = file.priv;
  return { dmabuf_size: hexText(file.size), fd_flags: hexText(fileFlags), fd_cloexec: closeOnExec ? 1 : 0 };
}

function tableFields(table: SgTable): Answer {
  const sg = Array.from({ length: table.nents }, (_, index) => [
    hexText(table.dmaAddressBits(index)),
    hexText(table.dmaLen[index] ?? 0),
  ]);
  return { nents: table.nents, orig_nents: table.origNents, sg };
}
