/** The settings a question changes, as options that every command about a machine takes. */
import type { Command } from 'commander';

/** The options as commander gives them. */
export interface WhatIfOptions {
  readonly kernel?: string;
  readonly cpu?: string;
  readonly acs?: readonly string[];
  readonly iommu?: string;
  readonly cmdline?: string;
  readonly hostBridge?: readonly string[];
}

/** Adds the options to a command. */
export function whatIfOptions(command: Command): Command {
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

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
