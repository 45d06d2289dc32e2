/** An I/O address space of iommufd, as far as dma-bufs are mapped into it. drivers/iommu/iommufd/io_pagetable.c, ioas.c. */
import { type AddrRange, rangesOverlap, U64_MAX } from '../base/index.ts';
import { DmaBuf, type DmaBufKernel, dmaBufGet, type FileTable } from '../dma-buf/index.ts';
import { type DmaDomain, IOMMU_MMIO, IOMMU_READ, IOMMU_WRITE, pageCount, pfnOf } from '../iommu/index.ts';
import {
  type Errno,
  IOMMU_IOAS_MAP_FIXED_IOVA,
  IOMMU_IOAS_MAP_READABLE,
  IOMMU_IOAS_MAP_WRITEABLE,
  type KernelResult,
  kernelError,
  kernelOk,
} from '../uapi/index.ts';
import { DmabufPages } from './dmabuf-pages.ts';

/** What IOMMU_IOAS_MAP_FILE is asked. Addresses and lengths are whole pages. */
export interface IoasMapFileRequest {
  readonly files: FileTable;
  readonly fd: number;
  /** Bytes from the start of the buffer. */
  readonly start: bigint;
  readonly length: bigint;
  readonly iova: bigint;
  /** IOMMU_IOAS_MAP_*; the model knows mappings at a chosen address only, so FIXED_IOVA must be set. */
  readonly flags: number;
}

/** One mapping. */
interface IoasArea {
  readonly range: AddrRange;
  readonly pages: DmabufPages;
  /** Bytes from the start of the buffer's range. */
  readonly start: bigint;
  readonly prot: number;
}

const KNOWN_FLAGS = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE;

/** One address space: what is mapped is the same in every domain that is attached. */
export class Ioas {
  readonly #kernel: DmaBufKernel;
  readonly #domains: DmaDomain[] = [];
  readonly #areas: IoasArea[] = [];
  readonly #reserved: AddrRange[] = [];

  constructor(kernel: DmaBufKernel) {
    this.#kernel = kernel;
  }

  /**
   * Attaches a domain: everything mapped so far is mapped in it.
   * @param reserved what its devices keep for themselves (the interrupt window of PCs)
   * @returns EADDRINUSE where something mapped lies in `reserved`, or what the page table gave.
   * @kernel iopt_table_add_domain drivers/iommu/iommufd/io_pagetable.c
   */
  attachDomain(domain: DmaDomain, reserved: readonly AddrRange[] = []): KernelResult<undefined> {
    const inUse = this.#areas.some(({ range }) => reserved.some((kept) => rangesOverlap(kept, range)));
    if (inUse) return kernelError('EADDRINUSE', 'iopt_reserve_iova');
    const filled: IoasArea[] = [];
    for (const area of this.#areas) {
      const errno = fill(domain, area);
      if (errno !== undefined) {
        for (const done of filled) clear(domain, done);
        return kernelError(errno, 'iopt_fill_domain');
      }
      filled.push(area);
    }
    this.#reserved.push(...reserved);
    this.#domains.push(domain);
    return kernelOk(undefined);
  }

  /**
   * Maps part of a dma-buf at a chosen address, in every domain.
   * @returns EINVAL, EOVERFLOW, EBADF, EEXIST (something is mapped there), what {@link DmabufPages.open} or a page table
   *   gave. Nothing is left of a call that fails.
   * @kernel iommufd_ioas_map_file drivers/iommu/iommufd/ioas.c
   */
  mapFile(request: IoasMapFileRequest): KernelResult<undefined> {
    const { start, length, flags } = request;
    const at = 'iommufd_ioas_map_file';
    const access = flags & (IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE);
    if ((flags & ~KNOWN_FLAGS) !== 0) return kernelError('EOPNOTSUPP', `${at}: flags`);
    if ((flags & IOMMU_IOAS_MAP_FIXED_IOVA) === 0 || access === 0) return kernelError('EINVAL', `${at}: flags`);
    if (length === 0n) return kernelError('EINVAL', `${at}: no length`);
    if (start + length - 1n > U64_MAX) return kernelError('EOVERFLOW', `${at}: start and length`);
    // What is no dma-buf is taken for a memfd, which the model does not know.
    if (!(request.files.file(request.fd) instanceof DmaBuf)) return kernelError('EBADF', `${at}: memfd_pin_folios`);
    const got = dmaBufGet(request.files, request.fd);
    if (!got.ok) return got;
    const mapped = this.#mapDmabuf(got.value, request);
    if (!mapped.ok) got.value.put();
    return mapped;
  }

  /**
   * Removes every mapping that lies within [iova, iova + length).
   * @returns ENOENT where there is none, or one reaches beyond.
   * @kernel iopt_unmap_iova drivers/iommu/iommufd/io_pagetable.c
   */
  unmap(iova: bigint, length: bigint): KernelResult<undefined> {
    const asked = { start: iova, end: iova + length };
    const hit = this.#areas.filter(({ range }) => rangesOverlap(asked, range));
    const reachesOut = hit.some(({ range }) => range.start < asked.start || range.end > asked.end);
    if (hit.length === 0 || reachesOut) return kernelError('ENOENT', 'iopt_unmap_iova');
    for (const area of hit) {
      for (const domain of this.#domains) clear(domain, area);
      this.#areas.splice(this.#areas.indexOf(area), 1);
      area.pages.close();
    }
    return kernelOk(undefined);
  }

  /**
   * Would an emulated device be given the memory at `iova`? EINVAL for a dma-buf, ENOENT where nothing is mapped.
   * @kernel iommufd_access_pin_pages drivers/iommu/iommufd/device.c
   */
  accessPin(iova: bigint): KernelResult<never> {
    const area = this.#areas.find(({ range }) => iova >= range.start && iova < range.end);
    return area === undefined ? kernelError('ENOENT', 'iommufd_access_pin_pages') : area.pages.accessPin();
  }

  #mapDmabuf(dmabuf: DmaBuf, { start, length, iova, flags }: IoasMapFileRequest): KernelResult<undefined> {
    if (dmabuf.size <= start + length - 1n) return kernelError('EINVAL', 'iopt_map_file_pages: beyond the buffer');
    const opened = DmabufPages.open(this.#kernel, dmabuf, (pages) => this.#revoke(pages));
    if (!opened.ok) return opened;
    const range = { start: iova, end: iova + length };
    const prot =
      IOMMU_MMIO |
      ((flags & IOMMU_IOAS_MAP_READABLE) === 0 ? 0 : IOMMU_READ) |
      ((flags & IOMMU_IOAS_MAP_WRITEABLE) === 0 ? 0 : IOMMU_WRITE);
    const area: IoasArea = { range, pages: opened.value, start, prot };
    const inserted = this.#insert(area);
    if (inserted.ok) return inserted;
    // The caller drops the reference that close() would.
    dmabuf.get();
    opened.value.close();
    return inserted;
  }

  /** @kernel iopt_insert_area drivers/iommu/iommufd/io_pagetable.c */
  #insert(area: IoasArea): KernelResult<undefined> {
    const { range, start } = area;
    const inPage = (1n << BigInt(this.#kernel.rules.pageShift)) - 1n;
    if (((range.start | range.end | start) & inPage) !== 0n) return kernelError('EINVAL', 'iopt_check_iova: alignment');
    if (range.end - 1n > U64_MAX) return kernelError('EOVERFLOW', 'iopt_check_iova');
    if (this.#reserved.some((kept) => rangesOverlap(kept, range))) {
      return kernelError('EINVAL', 'iopt_check_iova: reserved');
    }
    if (this.#areas.some((other) => rangesOverlap(other.range, range))) {
      return kernelError('EEXIST', 'iopt_check_iova: mapped');
    }
    for (const [index, domain] of this.#domains.entries()) {
      const errno = fill(domain, area);
      if (errno === undefined) continue;
      for (const done of this.#domains.slice(0, index)) clear(done, area);
      return kernelError(errno, 'iopt_area_fill_domains');
    }
    this.#areas.push(area);
    return kernelOk(undefined);
  }

  /** The memory is taken away: it goes from every domain. Its addresses stay taken until they are unmapped. */
  #revoke(pages: DmabufPages): void {
    for (const area of this.#areas.filter((candidate) => candidate.pages === pages)) {
      for (const domain of this.#domains) clear(domain, area);
    }
  }
}

/**
 * Maps an area in one domain, range after range into one run of I/O addresses; one whose memory was taken away has
 * nothing to map. Nothing is left of an area that fails.
 * @kernel iopt_area_fill_domain drivers/iommu/iommufd/pages.c
 */
function fill(domain: DmaDomain, { range, pages, start, prot }: IoasArea): Errno | undefined {
  if (pages.phys === undefined) return undefined;
  const shift = domain.geometry.granuleShift;
  const first = pfnOf(range.start, shift);
  let done = 0;
  for (const { pfn, pages: count } of pages.runs(start, pageCount(range.end - range.start, 0, shift))) {
    const errno = domain.pageTable.map(first + done, false, pfn, count, prot);
    if (errno !== undefined) {
      domain.pageTable.unmap(first, done);
      return errno;
    }
    done += count;
  }
  return undefined;
}

function clear(domain: DmaDomain, { range, pages }: IoasArea): void {
  if (pages.phys === undefined) return;
  const shift = domain.geometry.granuleShift;
  domain.pageTable.unmap(pfnOf(range.start, shift), pageCount(range.end - range.start, 0, shift));
}
