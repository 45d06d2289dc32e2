/** What a kernel function returned: kernel outcomes are values, never exceptions. */

/** Numbers by name. include/uapi/asm-generic/errno-base.h, errno.h. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ENOSPC: 28,
  ERANGE: 34,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  EADDRINUSE: 98,
  ETIMEDOUT: 110,
  /** Inside the kernel only: include/linux/errno.h. */
  ERESTARTSYS: 512,
} as const;

/** The name of an error the kernel returns. */
export type Errno = keyof typeof ERRNO;

/** Name of a positive error number; undefined when it is not one the model knows. */
export function errnoName(number: number): Errno | undefined {
  for (const name of Object.keys(ERRNO) as Errno[]) if (ERRNO[name] === number) return name;
  return undefined;
}

/** A value, or an errno with the kernel function and step that gave it. */
export type KernelResult<T> = KernelOk<T> | KernelError;

/** The success arm of {@link KernelResult}. */
export interface KernelOk<T> {
  readonly ok: true;
  readonly value: T;
}

/** The failure arm of {@link KernelResult}. */
export interface KernelError {
  readonly ok: false;
  readonly errno: Errno;
  /** Kernel function and step, for example `dma_iova_link: map`. */
  readonly at: string;
}

/** Wraps what a kernel function returned as success. */
export function kernelOk<T>(value: T): KernelOk<T> {
  return { ok: true, value };
}

/** The kernel returned `-errno` at `at`. */
export function kernelError(errno: Errno, at: string): KernelError {
  return { ok: false, errno, at };
}
