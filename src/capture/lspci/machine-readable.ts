/**
 * The forms of lspci for programs, put into the form for people, which everything behind reads:
 *
 *     Slot:	01:00.0                            01:00.0 "PCI bridge [0604]" "Intel [8086]" "Port [1234]" -r02 "" ""
 *     Class:	PCI bridge [0604]
 *     Vendor:	Intel [8086]                       01:00.0 PCI bridge [0604]: Intel Port [8086:1234] (rev 02)
 *     ...
 *
 * Lines stay where they are, so that findings name the right ones.
 */
/** Other inputs are told apart here. */
const FIRST_LOOK = 64 * 1024;
/** Nobody pastes more text than this. */
const MOST_BYTES = 16 * 1024 * 1024;
const ADDRESS = String.raw`(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
const RECORD = new RegExp(String.raw`^(?:Slot|Device):[ \t]+${ADDRESS}[ \t\r]*$`, 'im');
const QUOTED = new RegExp(`^${ADDRESS} ".*"`, 'im');
const START = new RegExp(String.raw`^(?:Slot|Device):[ \t]+(${ADDRESS})\s*$`, 'i');
const QUOTED_LINE = new RegExp(String.raw`^(${ADDRESS}) ("[^"]*"(?: +(?:"[^"]*"|-[rp][0-9a-f]{2}))*)\s*$`, 'i');
const FIELD =
  /^(Slot|Class|Vendor|Device|SVendor|SDevice|PhySlot|Rev|ProgIf|Driver|NUMANode|IOMMUGroup|Module|DTNode):[ \t]+(.*)$/;

/** Bytes without such lines are given back as they are. */
export function withoutMachineForms(bytes: Uint8Array): Uint8Array {
  const head = headOf(bytes);
  if ((!RECORD.test(head) && !QUOTED.test(head)) || bytes.length > MOST_BYTES) return bytes;
  const lines = byteString(bytes).split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const quoted = QUOTED_LINE.exec(line);
    if (quoted !== null) lines[at] = quotedLine(quoted[1] ?? '', quoted[2] ?? '');
    else if (START.test(line)) at = rewriteRecord(lines, at);
  }
  return Uint8Array.from(lines.join('\n'), (char) => char.charCodeAt(0));
}

/** Functions behind bridges by their way alone: `00:04.0/00.0`. */
const WAY = new RegExp(String.raw`^${ADDRESS}/[01][0-9a-f]\.[0-7]`, 'im');

/** Does `lspci -P` speak, which tells no bus numbers of functions behind bridges? */
export function hasWaysWithoutBuses(bytes: Uint8Array): boolean {
  return WAY.test(headOf(bytes));
}

function headOf(bytes: Uint8Array): string {
  return byteString(bytes.subarray(0, FIRST_LOOK));
}

const PIECE = 0x2000;

/** A character for each byte, whatever the bytes mean. */
function byteString(bytes: Uint8Array): string {
  let text = '';
  // Spread takes the bytes one by one: ten times as long.
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece: ArrayLike<number> = bytes.subarray(at, at + PIECE);
    text += Reflect.apply(String.fromCharCode, String, piece);
  }
  return text;
}

/** @returns the last line of the record */
function rewriteRecord(lines: string[], start: number): number {
  const fields = new Map<string, string>();
  let end = start + 1;
  for (; end < lines.length; end++) {
    const [, key, value] = FIELD.exec((lines[end] ?? '').trimEnd()) ?? [];
    if (key === undefined || value === undefined) break;
    fields.set(key, value);
  }
  // The lines about the kernel are the last ones of a function.
  const texts = [...fields].map(([key, value]) => fieldLine(key, value, fields));
  const last = (line: string): number => (line.startsWith('\tKernel') ? 1 : 0);
  texts
    .sort((a, b) => last(a) - last(b))
    .forEach((line, i) => {
      lines[start + 1 + i] = line;
    });
  for (let at = start + 1 + texts.length; at < end; at++) lines[at] = '\t ';
  const of = (key: string): string => fields.get(key) ?? '';
  const slot = START.exec(lines[start] ?? '')?.[1] ?? '';
  lines[start] = titleLine(slot, of('Class'), of('Vendor'), of('Device'), of('Rev'), of('ProgIf'));
  return end - 1;
}

function fieldLine(key: string, value: string, fields: ReadonlyMap<string, string>): string {
  switch (key) {
    case 'SDevice':
      return `\tSubsystem: ${joined(fields.get('SVendor') ?? '', value)}`;
    case 'PhySlot':
      return `\tPhysical Slot: ${value}`;
    case 'NUMANode':
      return `\tNUMA node: ${value}`;
    case 'IOMMUGroup':
      return `\tIOMMU group: ${value}`;
    case 'Driver':
      return `\tKernel driver in use: ${value}`;
    default:
      return '\t ';
  }
}

function quotedLine(slot: string, rest: string): string {
  const words = [...rest.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
  const option = (letter: string): string =>
    new RegExp(`(?:^|" +| )-${letter}([0-9a-f]{2})`, 'i').exec(rest)?.[1] ?? '';
  const [classText = '', vendor = '', device = ''] = words;
  return titleLine(slot, classText, vendor, device, option('r'), option('p'));
}

function titleLine(
  slot: string,
  classText: string,
  vendor: string,
  device: string,
  revision: string,
  progIf: string,
): string {
  const behind = [revision === '' ? '' : ` (rev ${revision})`, progIf === '' ? '' : ` (prog-if ${progIf})`].join('');
  return `${slot} ${classText}: ${joined(vendor, device)}${behind}`;
}

/** `Intel [8086]` and `Port [1234]` as `Intel Port [8086:1234]`, `8086` and `1234` as `8086:1234`. */
function joined(vendor: string, device: string): string {
  const [vendorId, deviceId] = [vendor, device].map((text) => /^(.*?) ?\[([0-9a-f]{4})\]$/i.exec(text));
  if (vendorId && deviceId) {
    const names = `${vendorId[1] === 'Vendor' ? '' : vendorId[1]} ${deviceId[1]}`.trim();
    return `${names} [${vendorId[2]}:${deviceId[2]}]`;
  }
  if (/^[0-9a-f]{4}$/i.test(vendor) && /^[0-9a-f]{4}$/i.test(device)) return `${vendor}:${device}`;
  // Without a name for the vendor, either.
  const unknown = /^Vendor ([0-9a-f]{4})$/i.exec(vendor)?.[1];
  const number = /^Device ([0-9a-f]{4})$/i.exec(device)?.[1];
  return unknown !== undefined && number !== undefined ? `Device ${unknown}:${number}` : `${vendor} ${device}`.trim();
}
