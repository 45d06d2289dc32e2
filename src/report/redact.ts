/** A capture without what names a machine, its owner or one copy of a card. */
import { decodeUtf8, rawText, unshown } from '../base/index.ts';
import {
  type CapturedFunction,
  ConfigSpace,
  factValue,
  known,
  type MachineCapture,
  type SystemName,
} from '../capture/index.ts';
import { PCI_EXT_CAP_ID_DSN } from '../uapi/index.ts';

/** Gives every secret of one kind the same stand-in wherever it comes. */
class StandIns {
  readonly #names = new Map<string, string>();

  of(kind: string, secret: string): string {
    const key = `${kind} ${secret.toLowerCase()}`;
    const name = this.#names.get(key) ?? `redacted-${kind}-${this.#names.size + 1}`;
    this.#names.set(key, name);
    return name;
  }

  /** UUIDs, MAC and IP addresses, and the values of kernel parameters that name disks, hosts and networks. */
  text(text: string): string {
    return text
      .replace(NAMING_PARAMETER, (_, name: string, value: string) => `${name}=${this.of('value', value)}`)
      .replace(/\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/gi, (uuid) => this.of('uuid', uuid))
      .replace(/\b(?:[\da-f]{2}[:-]){5}[\da-f]{2}\b/gi, (mac) => this.of('mac', mac))
      .replace(/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, (ip) => this.of('ip', ip));
  }
}

const NAMING_PARAMETER =
  /(?<![\w.])(root|resume|cryptdevice|BOOT_IMAGE|initrd|ip|nfsroot|netroot|systemd\.hostname|hostname|rd\.[\w.]+|luks\.[\w.]+)=("[^"]*"|\S+)/g;

/**
 * Replaces serial numbers (which NICs make from their MAC address), slot labels, the name of the input, and what names
 * disks, hosts and networks on the kernel command line; takes out names of interfaces that Linux did not make; the same secret becomes the same stand-in. Nothing that an
 * answer depends on changes.
 */
export function redactCapture(capture: MachineCapture): MachineCapture {
  const standIns = new StandIns();
  const source = { ...capture.source, name: 'redacted input' };
  const cmdline = factValue(capture.kernel.cmdline);
  const serials = new Map<string, number>();
  return {
    ...capture,
    source,
    kernel: {
      ...capture.kernel,
      cmdline: cmdline === undefined ? capture.kernel.cmdline : known(standIns.text(cmdline)),
    },
    functions: capture.functions.map((fn) => ({
      ...fn,
      config: withoutSerial(fn.config, serials),
      label: fn.label.state === 'known' ? known(rawText(standIns.of('label', unshown(fn.label.value)))) : fn.label,
      ...withoutOwnNames(fn),
    })),
    findings: capture.findings.map((finding) => ({
      ...finding,
      where: standIns.text(finding.where.replaceAll(capture.source.name, source.name)),
      text: standIns.text(finding.text.replaceAll(capture.source.name, source.name)),
    })),
  };
}

/** Names that Linux gives to interfaces by slot or port; others hold a MAC address, or are what the owner chose. */
const PLAIN_INTERFACE = /^(?:(?:eth|ib)\d+|(?:en|ib|wl|ww)(?:[oPps]\d+[a-z]?\d*)+(?:np\d+)?)$/;

function withoutOwnNames({ systemNames }: CapturedFunction): { systemNames?: readonly SystemName[] } {
  if (systemNames === undefined) return {};
  return {
    systemNames: systemNames.filter(({ kind, name }) => kind !== 'netdev' || PLAIN_INTERFACE.test(unshown(name))),
  };
}

/** May this link, a path of an archive, stay? Names of interfaces can tell who owns the machine. */
export function keepsLink(path: string): boolean {
  const [, name] = /^sys\/class\/net\/(.*)$/.exec(path) ?? [];
  return name === undefined || PLAIN_INTERFACE.test(name);
}

/** Gives for each file of a capture archive, by its path, what stands in its place. */
export type FileRedactor = (path: string, bytes: Uint8Array) => Uint8Array | string;

/**
 * The same rules for the files of one capture archive. What answers depend on stays; a redacted archive reads as the
 * redacted capture of the archive.
 */
export function fileRedactor(): FileRedactor {
  const standIns = new StandIns();
  const serials = new Map<string, number>();
  return (path, bytes) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name === 'config') return withoutSerial(new ConfigSpace(bytes, { whyUnknown: '' }), serials).bytes;
    if (!TEXT_FILES.has(name)) return bytes;
    const text = decodeUtf8(bytes);
    const kept = name === 'label' ? `${standIns.of('label', text.trimEnd())}\n` : withoutPeople(standIns.text(text));
    return kept === text ? bytes : kept;
  };
}

/** Files that hold names. The others are numbers, addresses, and names that the kernel gives. */
const TEXT_FILES: ReadonlySet<string> = new Set(['label', 'cmdline', 'version', 'cpuinfo', 'uevent', 'capture.log']);

/** Who built the kernel and where, and the serial number of a board. */
function withoutPeople(text: string): string {
  return text.replace(/\([^()\s@]+@[^()\s]+\)/g, '(redacted)').replace(/^(Serial\s*:).*$/gm, '$1 redacted');
}

/** The same for a text of the command line. */
export function redactText(text: string): string {
  return new StandIns().text(text);
}

const EXTENDED_START = 0x100;
const MOST_CAPABILITIES = 480;

/** Where the serial number of a function stands: the offset of its 8 bytes in config space; undefined where none is known. */
export function serialPlace(config: ConfigSpace): number | undefined {
  let at = EXTENDED_START;
  for (let n = 0; n < MOST_CAPABILITIES && at >= EXTENDED_START; n++) {
    const header = config.read32(at);
    if (header === undefined) return undefined;
    if ((header & 0xffff) === PCI_EXT_CAP_ID_DSN) return at + 4;
    at = header >>> 20;
  }
  return undefined;
}

/** Serial numbers become small numbers, equal ones the same: the functions of one card still have one. */
function withoutSerial(config: ConfigSpace, serials: Map<string, number>): ConfigSpace {
  const at = serialPlace(config);
  return at === undefined ? config : overwritten(config, at, serials);
}

function overwritten(config: ConfigSpace, at: number, serials: Map<string, number>): ConfigSpace {
  const bytes = config.bytes.slice();
  const field = bytes.subarray(at, at + 8);
  const serial = field.join(' ');
  const number = serials.get(serial) ?? serials.size + 1;
  serials.set(serial, number);
  field.fill(0);
  field[0] = number & 0xff;
  if (field.length > 1) field[1] = number >>> 8;
  const { mask, whyUnknown, size, places } = config;
  return new ConfigSpace(bytes, { mask, whyUnknown, size, places });
}
