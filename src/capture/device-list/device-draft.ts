/** What lists of devices tell, as it is gathered line by line. */
import { rawText, unshown } from '../../base/index.ts';
import { type Bdf, formatBdf, parseBdf } from '../../uapi/index.ts';
import type { PartFunction, SystemLabel, ToolWords } from '../capture-part.ts';
import { parseDevicePath, placeFacts } from '../device-path.ts';
import { type Fact, known, unreadable } from '../fact.ts';
import type { CapturedLink, SystemName, SystemNameKind } from '../machine-capture.ts';

const BRIDGE = known(0x060400, { inferredFrom: 'standing above another' });

/** One device. */
export interface DeviceDraft {
  readonly bdf: Bdf;
  readonly line: number;
  facts: Omit<PartFunction, 'bdf' | 'line' | 'link' | 'systemNames'>;
  readonly link: { -readonly [K in keyof CapturedLink]?: number };
  readonly names: SystemName[];
}

/** Everything that the lists of one source tell. */
export class ListDraft {
  readonly devices: Map<Bdf, DeviceDraft> = new Map();
  readonly labels: SystemLabel[] = [];
  readonly toolWords: ToolWords[] = [];
  /** Devices that a list names without an address. */
  nameless: number = 0;
  /** GPUs of `nvidia-smi -q` in their order, which is that of its numbers, and how many it announced. */
  listed: DeviceDraft[] = [];
  attached: number = 0;
  /** The device that the lines at hand are about, and what was told before its address came. */
  current: DeviceDraft | undefined;
  /** What a section told of a device before its address. */
  before: { classCode?: number | undefined; ids?: string; readonly names: string[] } = { names: [] };
  /** The number or name that a list gives to the device whose address follows. */
  pending: string | undefined;
  /** The heading above the line: `PCIe Generation`, a section of lshw. */
  heading: string = '';

  /** The device at an address as it was printed, new where it was not mentioned before; undefined for none. */
  at(address: string, line: number): DeviceDraft | undefined {
    const bdf = parseBdf(address.toLowerCase());
    if (bdf === undefined) return undefined;
    const before = this.devices.get(bdf);
    const device = before ?? { bdf, line, facts: {}, link: {}, names: [] };
    if (before === undefined) this.devices.set(bdf, device);
    this.current = device;
    return device;
  }

  /** The function that a path of sysfs leads to, and the bridges on the way. */
  place(path: string, line: number): void {
    const place = parseDevicePath(path);
    if (place === undefined) return;
    const above = place.parent === undefined ? '' : formatBdf(place.parent);
    if (above !== '' && path.includes(above)) {
      this.place(path.slice(0, path.indexOf(above) + above.length), line);
      const bridge = this.at(above, line);
      if (bridge !== undefined) bridge.facts = { classCode: BRIDGE, ...bridge.facts };
    }
    const device = this.at(formatBdf(place.bdf), line);
    if (device !== undefined) device.facts = { ...device.facts, ...placeFacts(place) };
  }

  /** Keeps what is said, once. */
  say(words: ToolWords): void {
    const isThere = this.toolWords.some(({ text, devices }) => text === words.text && devices[0] === words.devices[0]);
    if (!isThere) this.toolWords.push(words);
  }

  /** Numbers the GPUs of a list that is whole. */
  numberListed(): void {
    if (this.listed.length === this.attached)
      for (const [index, device] of this.listed.entries()) this.numbered('nvidia', String(index), device);
    this.listed = [];
  }

  /** A GPU by the number that the tool of its vendor gives to it. */
  numbered(kind: SystemNameKind & ('nvidia' | 'amd' | 'intel'), number: string, device: DeviceDraft): void {
    addName(device, kind, `GPU${number}`);
    if (this.labels.some((each) => each.label === `GPU${number}` && each.bdf === device.bdf)) return;
    const label: SystemLabel = { label: `GPU${number}`, bdf: device.bdf, kind: 'gpu', line: device.line };
    this.labels.push(label);
  }
}

const LONGEST_NAME = 64;
const MOST_NAMES = 64;

/** Gives a name to a device, once. */
export function addName({ names }: DeviceDraft, kind: SystemNameKind, name: string): void {
  const isThere = names.some((each) => each.kind === kind && unshown(each.name) === name);
  if (name.length <= LONGEST_NAME && names.length < MOST_NAMES && !isThere) names.push({ kind, name: rawText(name) });
}

const NOT_LISTED = unreadable('the list of devices does not tell');

/** The device as a part has it. */
export function functionOfDraft({ bdf, line, facts, link, names }: DeviceDraft): PartFunction {
  const fact = (value: number | undefined): Fact<number> => (value === undefined ? NOT_LISTED : known(value));
  const { speed, width, maxSpeed, maxWidth } = link;
  const hasLink = Object.keys(link).length > 0;
  return {
    bdf,
    line,
    ...facts,
    ...(hasLink
      ? { link: { speed: fact(speed), width: fact(width), maxSpeed: fact(maxSpeed), maxWidth: fact(maxWidth) } }
      : {}),
    ...(names.length === 0 ? {} : { systemNames: names }),
  };
}
