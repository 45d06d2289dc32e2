/**
 * The Extended Feature Register that Linux believes for all AMD IOMMUs: the one that firmware gives in the ACPI table
 * IVRS, not the one of the hardware. AMD I/O Virtualization Technology (48882), "I/O Virtualization ACPI Table".
 */

/** Length of the header before the first block: the ACPI header, IVinfo and eight reserved bytes. */
const HEADER = 48;
const IVINFO_AT = 36;
/** IVinfo bit 0: the table holds Extended Feature Registers. */
const EFR_SUPPORTED = 1;
/** Blocks that describe an IOMMU and hold its register; the older kind, 0x10, holds none. */
const IVHD_WITH_EFR = [0x40, 0x11];
const EFR_AT = 24;
const LARGEST_BLOCK = 0xffff;

/**
 * Reads it from the table. Of the kinds of IOMMU block the newest that is there counts; of several IOMMUs the bits that
 * all have. 0 where the table holds no register: Linux then takes every feature as missing.
 * @returns undefined when the bytes are no such table
 */
export function ivhdEfrOfTable(table: Uint8Array): bigint | undefined {
  const signature = String.fromCharCode(...table.subarray(0, 4));
  if (signature !== 'IVRS' || table.length < HEADER) return undefined;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  if ((view.getUint32(IVINFO_AT, true) & EFR_SUPPORTED) === 0) return 0n;
  const registers = new Map<number, bigint>();
  for (let at = HEADER; at + 4 <= table.length; ) {
    const kind = view.getUint8(at);
    const length = view.getUint16(at + 2, true);
    if (length < 4 || length > LARGEST_BLOCK || at + length > table.length) return undefined;
    if (IVHD_WITH_EFR.includes(kind) && length >= EFR_AT + 8) {
      const efr = view.getBigUint64(at + EFR_AT, true);
      registers.set(kind, (registers.get(kind) ?? efr) & efr);
    }
    at += length;
  }
  return IVHD_WITH_EFR.map((kind) => registers.get(kind)).find((efr) => efr !== undefined) ?? 0n;
}

/** What the kernel log says of it: `AMD-Vi: Using global IVHD EFR:0x29d3, EFR2:0x0`. Undefined: the line is another. */
export function ivhdEfrOfLogLine(line: string): bigint | undefined {
  const digits = /AMD-Vi: Using global IVHD EFR: ?0x([0-9a-f]{1,16})\b/i.exec(line)?.[1];
  return digits === undefined ? undefined : BigInt(`0x${digits}`);
}
