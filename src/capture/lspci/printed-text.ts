/** What the text of one function says, taken apart. */
import type { PrintedRegion, PrintedWindow } from './printed-region.ts';

/** One `Capabilities: [148 v1] Access Control Services` line with the lines that belong to it. */
export interface PrintedCapability {
  readonly offset: number;
  /** Undefined for words that no known version of lspci prints. */
  readonly id: number | undefined;
  /** Version of an extended capability; printed with `-vv`. */
  readonly version: number | undefined;
  readonly title: string;
  /** Empty for capabilities whose lines nothing here needs. */
  readonly lines: string[];
  /** How many lines were printed below it, kept or not. */
  lineCount: number;
  /** Words that its lines begin with, see `detailBits`. */
  words: number;
}

/** `Subsystem: Red Hat, Inc. Device [1af4:1100]`; no numbers without `-n` or `-nn`. */
export interface PrintedSubsystem {
  readonly vendor: number | undefined;
  readonly device: number | undefined;
}

/** What the text below the first line says. */
export interface FunctionText {
  /** Which options it was printed with: none of `-v`, `-v`, or `-vv` and more. */
  detail: 'none' | 'v' | 'vv';
  /** The values behind `Control:`, `Bus:` and so on, by that word. */
  readonly values: Map<string, string>;
  subsystem: PrintedSubsystem | undefined;
  numaNode: number | undefined;
  iommuGroup: number | undefined;
  readonly regions: PrintedRegion[];
  rom: PrintedRegion | undefined;
  readonly windows: PrintedWindow[];
  readonly capabilities: PrintedCapability[];
  /** Where in the text the line of the ACS control register begins. */
  acsControlAt: number | undefined;
  /** lspci was not allowed to read the capabilities. */
  accessDenied: boolean;
  /** Lines of capabilities (`ACSCtl: ...`, `Express Root Port`) without the line that tells where they stand. */
  readonly loose: string[];
  /** Someone left lines out ("..."). */
  leftOut: boolean;
  /** Lines that go on with a register; a filter that looks for words leaves none of them. */
  secondLines: number;
  /** Lines of a capability stand below another one, below none, or in another order: lines between them are missing. */
  misplaced: boolean;
  /** Lines that only another function can have follow: its title is missing, and all behind was left alone. */
  titleLost: boolean;
  /** The input ends in the middle of this text, without a line end: there may have been more of it. */
  cut: boolean;
  /** Nothing can follow: an empty line came, or the lines about the kernel, which are the last ones. */
  ended: boolean;
}
