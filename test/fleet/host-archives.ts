/**
 * Capture archives of any number of hosts that differ in serial numbers alone, made fast: what is equal is compressed
 * once, and a host is put together from these pieces and its own serial numbers. Each is one gzip member, as gzip makes
 * it, with the right checksum.
 */
import { constants, crc32, deflateRawSync, gunzipSync } from 'node:zlib';
import { ConfigSpace, type MachineCapture } from '../../src/capture/index.ts';
import { machineArchive } from '../../src/node/index.ts';
import { serialPlace } from '../../src/report/index.ts';

const BLOCK = 512;
const SERIAL = 8;

/** All hosts of one kind. */
export class HostKind {
  readonly #tar: Buffer;
  readonly #places: readonly number[];
  readonly #pieces: readonly Buffer[];

  constructor(capture: MachineCapture) {
    this.#tar = Buffer.from(gunzipSync(machineArchive(capture)));
    this.#places = serialPlaces(this.#tar);
    const starts = [0, ...this.#places.map((place) => place + SERIAL)];
    this.#pieces = starts.map((start, at) =>
      deflateRawSync(this.#tar.subarray(start, this.#places[at] ?? this.#tar.length), {
        finishFlush: constants.Z_FULL_FLUSH,
      }),
    );
  }

  /** Bytes of an archive before it is compressed. */
  get unpackedSize(): number {
    return this.#tar.length;
  }

  /** The archive of one host. @param host 0 ... 2^32-1; others have other serial numbers */
  archive(host: number): Uint8Array {
    const tar = Buffer.from(this.#tar);
    const parts: Buffer[] = [GZIP_HEAD];
    for (const [at, piece] of this.#pieces.entries()) {
      parts.push(piece);
      const place = this.#places[at];
      if (place === undefined) continue;
      tar.writeUInt32LE(host, place);
      parts.push(STORED_SERIAL, tar.subarray(place, place + SERIAL));
    }
    const tail = Buffer.alloc(8);
    tail.writeUInt32LE(crc32(tar), 0);
    tail.writeUInt32LE(tar.length, 4);
    return Buffer.concat([...parts, LAST_BLOCK, tail]);
  }
}

const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** A stored block of deflate: not the last, its length and the complement of it. */
const STORED_SERIAL = Buffer.from([0, SERIAL, 0, 0xff - SERIAL, 0xff]);
const LAST_BLOCK = Buffer.from([1, 0, 0, 0xff, 0xff]);

/** Offsets of all serial numbers in config space. */
function serialPlaces(tar: Buffer): number[] {
  const places: number[] = [];
  let long: string | undefined;
  for (let at = 0; tar[at] !== 0; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const type = String.fromCharCode(tar[at + 156] ?? 0);
    const body = at + BLOCK;
    const name = long ?? tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    long =
      type === 'L' ? tar.toString('latin1', body, body + size).replace(/\0.*$/s, '') : type === 'K' ? long : undefined;
    if (type === '0' && name.endsWith('/config')) {
      const place = serialPlace(new ConfigSpace(tar.subarray(body, body + size), { whyUnknown: '' }));
      if (place !== undefined) places.push(body + place);
    }
    at = body + Math.ceil(size / BLOCK) * BLOCK;
  }
  return places;
}
