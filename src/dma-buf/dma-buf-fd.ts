/** File descriptors of one process, as far as buffers need them. */
import { type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import { DmaBuf } from './dma-buf.ts';

/** Something else that a descriptor may stand for. */
export type OtherFile = 'other file';

/** A process's table of open files. */
export class FileTable {
  readonly #limit: number;
  readonly #files = new Map<number, DmaBuf | OtherFile>();

  /** @param limit RLIMIT_NOFILE: descriptors are below it */
  constructor(limit: number = 1024) {
    this.#limit = limit;
  }

  /** Lowest free descriptor for `file`; EMFILE when there is none. */
  install(file: DmaBuf | OtherFile): KernelResult<number> {
    for (let fd = 0; fd < this.#limit; fd++) {
      if (this.#files.has(fd)) continue;
      this.#files.set(fd, file);
      return kernelOk(fd);
    }
    return kernelError('EMFILE', 'get_unused_fd_flags');
  }

  /** What a descriptor stands for. */
  file(fd: number): DmaBuf | OtherFile | undefined {
    return this.#files.get(fd);
  }

  /** close(2); EBADF for a descriptor that is not open. */
  close(fd: number): KernelResult<undefined> {
    const file = this.#files.get(fd);
    if (file === undefined) return kernelError('EBADF', 'close');
    this.#files.delete(fd);
    if (file instanceof DmaBuf) file.put();
    return kernelOk(undefined);
  }
}

/**
 * A descriptor for a buffer. On success it owns the caller's reference; on failure the caller keeps it.
 * @kernel dma_buf_fd drivers/dma-buf/dma-buf.c
 */
export function dmaBufFd(files: FileTable, dmabuf: DmaBuf | undefined): KernelResult<number> {
  return dmabuf === undefined ? kernelError('EINVAL', 'dma_buf_fd: no buffer') : files.install(dmabuf);
}

/**
 * The buffer of a descriptor, with a reference of its own.
 * @kernel dma_buf_get drivers/dma-buf/dma-buf.c
 */
export function dmaBufGet(files: FileTable, fd: number): KernelResult<DmaBuf> {
  const file = files.file(fd);
  if (file === undefined) return kernelError('EBADF', 'dma_buf_get: not open');
  if (!(file instanceof DmaBuf)) return kernelError('EINVAL', 'dma_buf_get: not a dma-buf');
  file.get();
  return kernelOk(file);
}
