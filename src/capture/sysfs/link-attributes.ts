/** `current_link_speed` and its kin. */
import { ABSENT, type Fact, factValue, known, unreadable } from '../fact.ts';
import type { CapturedLink } from '../machine-capture.ts';
import { type AttributeDir, readDecimal, readText } from './attributes.ts';
import { quote } from './coverage.ts';

/** Lanes a link can have. PCIe Base Spec, "Link Capabilities Register". */
const WIDTHS: ReadonlySet<number> = new Set([1, 2, 4, 8, 12, 16, 32]);

/** Speeds in GT/s, widths in lanes; absent where there is no link. */
export function readLink(dir: AttributeDir): CapturedLink {
  return {
    speed: readSpeed(dir, 'current_link_speed'),
    width: readWidth(dir, 'current_link_width'),
    maxSpeed: readSpeed(dir, 'max_link_speed'),
    maxWidth: readWidth(dir, 'max_link_width'),
  };
}

/** `16.0 GT/s PCIe`, older kernels `8 GT/s`; `Unknown` where the register holds no known code. */
function readSpeed(dir: AttributeDir, name: string): Fact<number> {
  const text = readText(dir, name);
  if (text.state !== 'known') return text;
  const speed = /^([0-9]{1,3}(?:\.[0-9])?) GT\/s(?: PCIe)?$/.exec(text.value)?.[1];
  return speed === undefined ? unreadable(`${name} says ${quote(text.value)}`) : known(Number(speed));
}

function readWidth(dir: AttributeDir, name: string): Fact<number> {
  const width = readDecimal(dir, name);
  const lanes = factValue(width);
  if (lanes === undefined) return width;
  if (lanes === 0) return ABSENT;
  return WIDTHS.has(lanes) ? width : unreadable(`${name} says ${lanes}`);
}
