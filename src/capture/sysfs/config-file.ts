/** The `config` file of a function: its registers, as many as the kernel showed. */
import { ConfigSpace, noConfigSpace } from '../config-space.ts';
import type { Fact } from '../fact.ts';
import type { Report } from './coverage.ts';

/** What a process without CAP_SYS_ADMIN gets: the standard header; a CardBus bridge's is longer. */
const HEADER_SIZE = 64;
const CARDBUS_HEADER_SIZE = 128;
const PCI_CFG_SPACE_SIZE = 256;
const PCI_CFG_SPACE_EXP_SIZE = 4096;

/**
 * Makes config space of the file's bytes. The length tells its size (256, 4096) or that it was cut.
 * @param where the function, for findings
 */
export function readConfigFile(file: Fact<Uint8Array>, where: string, noun: string, report: Report): ConfigSpace {
  if (file.state === 'absent') return noConfigSpace(`no config file in ${noun}`);
  if (file.state === 'unreadable') return noConfigSpace(`config space: ${file.why}`);
  const { value: bytes } = file;
  const { length } = bytes;
  if (length === 0) return noConfigSpace(`the config file is empty in ${noun}`);
  if (length >= HEADER_SIZE && bytes.subarray(0, HEADER_SIZE).every((byte) => byte === 0xff)) {
    const text = 'config space reads all ones: the function did not answer (powered down, or gone)';
    report('notice', 'config-all-ones', where, text);
    return noConfigSpace(text);
  }
  if (length === PCI_CFG_SPACE_SIZE || length === PCI_CFG_SPACE_EXP_SIZE) {
    return new ConfigSpace(bytes, { size: length, whyUnknown: `config space has ${length} bytes` });
  }
  if (isHeaderAlone(length)) {
    return new ConfigSpace(bytes, { whyUnknown: `config space is cut at ${length} bytes: not read as root` });
  }
  const kept = Math.min(length - (length % 4), PCI_CFG_SPACE_EXP_SIZE);
  const text = `the config file has ${length} bytes; ${kept} of them are used`;
  report('damaged', 'config-odd-length', where, text);
  return new ConfigSpace(bytes.subarray(0, kept), { whyUnknown: `config space is cut at ${kept} bytes in ${noun}` });
}

/** Is this what a process without privilege gets? */
export function isHeaderAlone(length: number): boolean {
  return length === HEADER_SIZE || length === CARDBUS_HEADER_SIZE;
}
