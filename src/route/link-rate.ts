/** What a link carries: from transfers per second and lanes to bytes of payload. The sums are in docs/bandwidth.md. */

/** Line code by speed in GT/s: what part of the transferred bits is data. PCIe Base Spec 4.2.1, 4.2.2, 4.2.3 (6.0). */
function encodingEfficiency(speed: number): number {
  if (speed <= 5) return 8 / 10;
  return speed <= 32 ? 128 / 130 : 242 / 256;
}

/** Bytes per second, in 1e9, one direction, after the line code. */
export function linkRate(speed: number, width: number): number {
  return ((speed * width) / 8) * encodingEfficiency(speed);
}

/** What stands before the payload of a packet: a request with a 32-bit or 64-bit address, or a completion. */
export type PacketHeader = 'request-32' | 'request-64' | 'completion';

/** Bytes of the header. PCIe Base Spec 2.2.4.1 (3 or 4 dwords), 2.2.9 (3 dwords). */
const HEADER_BYTES: Readonly<Record<PacketHeader, number>> = { 'request-32': 12, 'request-64': 16, completion: 12 };

/** Sequence number, LCRC and framing around each packet outside flit mode, bytes. PCIe Base Spec 3.6.2, 4.2.1.2, 4.2.2.3. */
const FRAMING_BYTES = 8;

/** Bytes of a flit for packets, of those that are not for checking. PCIe Base Spec 6.0, 4.2.3.4. */
const FLIT_PACKET_SHARE: number = 236 / 242;

/** What part of the bytes after the line code is payload, in a stream of packets of `payload` bytes each. */
export function packetEfficiency(speed: number, header: PacketHeader, payload: number): number {
  const headerBytes = HEADER_BYTES[header];
  if (speed > 32) return (FLIT_PACKET_SHARE * payload) / (payload + headerBytes);
  return payload / (payload + headerBytes + FRAMING_BYTES);
}
