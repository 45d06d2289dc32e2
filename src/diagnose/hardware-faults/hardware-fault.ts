/** What a fault of hardware is: who has it, where it matters, what happens, what helps, and who says so. */

/** Ids that a part has; names stand in where an input prints those alone. */
export interface PartIds {
  readonly vendor: number;
  /** Undefined: all of the vendor. */
  readonly devices?: readonly number[];
  /** Undefined: all. */
  readonly revisions?: readonly number[];
  /** Held against the name that the input printed, where it has no ids. */
  readonly name?: RegExp;
}

/** How a pair has to stand to a part for its fault to matter. */
export type FaultPlace =
  /** Its path passes the part: a switch, a bridge, or one of the two themselves. */
  | 'on-path'
  /** The part is a bridge on the path that sends requests or completions up (ACS redirect). */
  | 'redirecting'
  /** Packets turn in the root complex that the part is the first function or a root port of. */
  | 'root-complex'
  /** As `root-complex`, and the two are of different NUMA nodes. */
  | 'across-sockets'
  /** As `root-complex`, and the part is a root port above one of the two that redirects. */
  | 'redirecting-root'
  /** Both are such parts, and packets between them turn in a root complex. */
  | 'both-through-root'
  /** As that, on x86, and the addresses of one are translated by an IOMMU. */
  | 'both-translated'
  /** The part is a switch below which several devices write up through one link, with two other root ports to write to. */
  | 'two-targets'
  /** One of the two stands below a VMD, in a domain of its own. */
  | 'vmd-domain'
  /** Wherever it stands: it bears on isolation and not on a pair. */
  | 'present'
  /** As that, where it has no ACS. */
  | 'without-acs';

/** Where it is written. */
export interface FaultSource {
  readonly url: string;
  /** Day of the report, `YYYY-MM-DD`, or as much of it as is known. */
  readonly date: string;
}

/** How bad it is. */
export type FaultHarm = 'wrong-data' | 'fails' | 'slow' | 'isolation';

/** One fault that somebody met and wrote about. */
export interface HardwareFault {
  /** Stable, for JSON. */
  readonly name: string;
  readonly part: readonly PartIds[];
  readonly place: FaultPlace;
  /** `two-targets`: how many devices have to write; 2 where it is left out. */
  readonly writers?: number;
  readonly harm: FaultHarm;
  /** It matters to pairs that Linux refuses, too: drivers that do not ask P2PDMA use them all the same. */
  readonly evenRefused?: true;
  /** A clause: "Broadcom PEX890xx: writes of two devices ... collapse". */
  readonly title: string;
  /** A sentence. */
  readonly happens: string;
  /** A sentence. */
  readonly helps: string;
  readonly sources: readonly [FaultSource, ...FaultSource[]];
}
