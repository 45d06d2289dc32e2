/** What a kernel function returned: kernel outcomes are values, never exceptions. */
import type { Errno } from './errno.ts';

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
