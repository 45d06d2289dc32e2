/** A look at the first line of a file, to know which worker reads it and what belongs to what. */

/** Is it a scenario? */
export function looksLikeScenario(bytes: Uint8Array): boolean {
  return markOf(bytes) === 'scenario';
}

/** Is it a scenario or a machine description? */
export function looksDescribed(bytes: Uint8Array): boolean {
  return markOf(bytes) !== undefined;
}

/** The first line that is no comment begins with `peerpath-machine:` or `peerpath-scenario:`. */
function markOf(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder().decode(bytes.subarray(0, 4096));
  return /^(?:\s*(?:#.*|---)?\r?\n)*peerpath-(machine|scenario):/.exec(head)?.[1];
}
