/** The line that starts a function: `0000:c1:00.0 VGA compatible controller: …`. */
import type { Bdf } from '../../uapi/index.ts';
import { parseBdf } from '../../uapi/index.ts';

/** An address and what stands behind it. */
export interface FunctionLine {
  readonly bdf: Bdf;
  /** The bridge above, which `lspci -PP` prints; undefined where it does not print one. */
  readonly parent: Bdf | undefined;
  readonly title: string;
}

/**
 * Domains have four digits or more (VMD: 10000 and up); two-digit buses without a domain are domain 0. `lspci -PP`
 * prints the way from the root bus: `0000:00:01.0/01:00.0/02:00.0`.
 */
const FUNCTION_LINE =
  /^([0-9a-f]{4,8}:)?((?:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]\/)*)([0-9a-f]{2}:[01][0-9a-f]\.[0-7])\s+(\S.*)$/i;

/** Reads a clean, unquoted line; undefined when it does not start with the address of a function. */
export function parseFunctionLine(line: string): FunctionLine | undefined {
  const [, domain = '', path = '', address = '', title = ''] = FUNCTION_LINE.exec(line) ?? [];
  const bdf = parseBdf(domain + address);
  const above = path.split('/').at(-2);
  if (bdf === undefined) return undefined;
  return { bdf, parent: above === undefined ? undefined : parseBdf(domain + above), title };
}
