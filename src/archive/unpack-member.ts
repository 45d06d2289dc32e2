/** Unpacks what is compressed on its own inside an archive or a folder: rotated logs, `/proc/config.gz`. */
import { gunzipSync } from 'fflate';
import { type Gunzip, MAX_FILE_BYTES } from '../capture/index.ts';
import { bunzip2 } from './bunzip2.ts';
import { crc32 } from './crc32.ts';
import { detectContainer } from './detect.ts';
import { unxz } from './unxz.ts';
import { unzstd } from './unzstd.ts';

/**
 * Makes the unpacker: of gzip, bzip2, xz and zstd; undefined for what is damaged, larger than asked for, or none of them.
 * @param gunzip what the platform does better for gzip
 */
export function memberUnpacker(gunzip: Gunzip = plainGunzip): Gunzip {
  const others = { bzip2: bunzip2, xz: unxz, zstd: unzstd } as const;
  return (bytes, maxBytes = MAX_FILE_BYTES) => {
    const container = detectContainer(bytes);
    if (container === 'gzip') return gunzip(bytes, maxBytes);
    if (container !== 'bzip2' && container !== 'xz' && container !== 'zstd') return undefined;
    const unpacked = others[container](bytes, maxBytes);
    return unpacked.ok ? unpacked.value : undefined;
  };
}

const TRAILER = 8;
/** A bit of deflated data makes at most so many bytes; a larger claim is a lie that costs memory. */
const MAX_RATIO = 1032;

/** One member, by the size and the checksum at its end, which the library does not look at. */
function plainGunzip(bytes: Uint8Array, maxBytes: number = MAX_FILE_BYTES): Uint8Array | undefined {
  if (bytes.length < TRAILER) return undefined;
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - TRAILER, TRAILER);
  const size = trailer.getUint32(4, true);
  if (size > maxBytes || size > bytes.length * MAX_RATIO) return undefined;
  try {
    const all = gunzipSync(bytes, { out: new Uint8Array(size) });
    return all.length === size && crc32(all) === trailer.getUint32(0, true) ? all : undefined;
  } catch {
    return undefined;
  }
}
