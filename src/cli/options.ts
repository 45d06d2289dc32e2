/** Options that several commands take, and the help that goes with them. */
import type { Command } from 'commander';

/** What SOURCE may be, and the exit codes. */
export const SOURCE_HELP = `
SOURCE is this machine when absent, - for standard input, or files and folders that show one machine together, told apart
by their bytes:
  a capture archive (peerpath capture), such a tree unpacked, a hwloc-gather-topology archive, lspci -xxxx or -vvv output,
  an sos report, nvidia-bug-report.log, a kernel log, any text that people paste (lists of lspci -nn, /proc/cmdline, uname,
  IOMMU groups, nvidia-smi topo -m or -q, NCCL_DEBUG=INFO, lstopo, rdma_topo dump, lshw), any folder or archive of such
  texts, a machine described in YAML. Compressed with gzip, bzip2, xz or zstd, too. A text that shows several machines
  is given as FILE#1, FILE#2.

Exit codes: 0 answered, 1 the answer is no, 2 unusable input or command line, 3 unknown, 70 a defect of peerpath.`;

/** Options that every command about a machine takes, as commander gives them. */
export interface MachineOptions extends WhatIfOptions, FormatOptions {
  readonly sysroot?: string;
  readonly redact?: boolean;
}

/** In which form a report is written. */
export interface FormatOptions {
  readonly json?: boolean;
  readonly format?: string;
  /** Switches that show more of a report. */
  readonly shown?: readonly string[];
}

/** The settings a question changes. */
export interface WhatIfOptions {
  readonly kernel?: string;
  readonly cpu?: string;
  readonly acs?: readonly string[];
  readonly iommu?: string;
  readonly cmdline?: string;
  readonly hostBridge?: readonly string[];
}

/** Adds what every command about a machine takes. */
export function machineOptions(command: Command, forms?: string): Command {
  return whatIfOptions(formatOptions(command, forms))
    .option('--sysroot <dir>', 'read this machine below DIR (DIR/sys, DIR/proc)')
    .option('--redact', 'leave out serial numbers and what names disks, hosts and networks');
}

/** Adds the forms of a report. `forms`: those beside text, Markdown, HTML and JSON. */
export function formatOptions(command: Command, forms = ''): Command {
  return command
    .option('--json', 'one JSON document on standard output')
    .option(`--format <text|md|html|json${forms}>`, 'Markdown to paste into an issue, one HTML file, or as --json');
}

function whatIfOptions(command: Command): Command {
  return command
    .option('--kernel <version>', 'what if Linux were this release (4.20 to 7.3)')
    .option('--cpu <zen|other>', 'what if the processor were AMD Zen (family 17h and later), or another')
    .option(
      '--acs <change>',
      'what if ACS control were changed: clear:PORTS, set:PORTS or FLAGS@PORTS (repeatable; PORTS: all, addresses, labels)',
      collect,
    )
    .option('--iommu <mode>', 'what if Linux booted with the IOMMU off, dma (strict), dma-fq (lazy) or pt')
    .option('--cmdline <text>', 'what if Linux booted with this kernel command line')
    .option(
      '--host-bridge <ids>',
      'what if host bridges had these ids: vvvv:dddd, or vvvv:dddd@dddd:bb for one root bus (repeatable)',
      collect,
    );
}

/** For options that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
