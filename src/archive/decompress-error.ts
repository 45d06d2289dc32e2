import type { DecompressFailure } from './decompress.ts';

/** A reason to stop decompressing; caught in this folder. */
export class DecompressError extends Error {
  readonly failure: DecompressFailure;

  constructor(failure: DecompressFailure) {
    super(failure);
    this.failure = failure;
  }
}
