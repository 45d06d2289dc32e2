/** Which bytes below a title are those of its function, and tell something. */
import {
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MASK,
  PCI_PRIMARY_BUS,
  PCI_VENDOR_ID,
} from '../../uapi/index.ts';
import type { ConfigSpace } from '../config-space.ts';
import type { FindingLog } from './finding-log.ts';
import type { ParsedFunction } from './parsed-function.ts';

const PCI_STD_HEADER_SIZEOF = 64;

/** The function without bytes of another one (a title is missing between), and without those of one that is gone. */
export function withOwnBytes(fn: ParsedFunction, findings: FindingLog): ParsedFunction {
  const { dump } = fn;
  if (dump === undefined) return fn.rowsLost ? withoutNext(fn) : fn;
  const header = dump.bytes.subarray(0, PCI_STD_HEADER_SIZEOF);
  if (header.length === PCI_STD_HEADER_SIZEOF && header.every((byte) => byte === 0xff)) {
    const text = 'the function does not answer: its registers read as all ones, and only what the text says is used';
    findings.addLine(fn.line, 'damaged', 'function-gone', text);
    return { ...fn, dump: undefined, dumpIsWhole: false };
  }
  if (!fn.text.titleLost && isOwn(fn, dump)) return fn.rowsLost ? withoutNext(fn) : fn;
  const text = 'the dump is that of another function, whose title is missing: it is not used';
  findings.addLine(fn.line, 'damaged', 'config-of-another', text);
  return { ...withoutNext(fn), dump: undefined, dumpIsWhole: false, regionsLost: true };
}

/** The function, where lines of another one follow. */
function withoutNext(fn: ParsedFunction): ParsedFunction {
  return { ...fn, text: { ...fn.text, titleLost: true } };
}

/** Do ids, class and bus numbers in words agree with the registers? Virtual functions have no ids there. */
function isOwn({ title, text }: ParsedFunction, dump: ConfigSpace): boolean {
  const [vendor, device] = [dump.read16(PCI_VENDOR_ID), dump.read16(PCI_DEVICE_ID)];
  const virtual = vendor === 0xffff;
  if (!virtual && differ(title.vendor, vendor)) return false;
  if (!virtual && differ(title.device, device)) return false;
  // The kernel corrects the class of a few devices.
  const hasIds = title.vendor !== undefined && title.device !== undefined;
  const classCode = dump.read16(PCI_CLASS_REVISION + 2);
  if (!hasIds && classCode !== 0 && differ(title.classCode, classCode)) return false;
  const isBridge = dump.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_BRIDGE;
  const buses = /^primary=([0-9a-f]{2}), secondary=([0-9a-f]{2}), subordinate=([0-9a-f]{2})/.exec(
    text.values.get('Bus') ?? '',
  );
  if (!isBridge || buses === null) return true;
  return buses.slice(1).every((bus, at) => !differ(Number.parseInt(bus, 16), dump.read8(PCI_PRIMARY_BUS + at)));
}

function differ(told: number | undefined, read: number | undefined): boolean {
  return told !== undefined && read !== undefined && told !== read;
}
