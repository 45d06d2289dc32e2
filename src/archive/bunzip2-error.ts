import type { DecompressFailure } from './decompress.ts';

/** A reason to stop decompressing; caught in this folder. */
export class Bunzip2Error extends Error {
  readonly failure: DecompressFailure;

  constructor(failure: DecompressFailure) {
    super(failure);
    this.failure = failure;
  }
}
