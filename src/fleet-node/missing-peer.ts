/** A package that is not installed, as a sentence that says what to install. */
export class MissingPeer extends Error {
  override readonly name = 'MissingPeer';
}
