/** Commands that say what could be changed, and what it costs. */
import type { Command } from 'commander';

/** Adds groups, fix, doctor and check. */
export function diagnosisCommands(
  program: Command,
  machineOptions: (command: Command) => Command,
  sourceHelp: string,
): void {
  formatOption(machineOptions(program.command('groups [source]')))
    .summary('IOMMU groups, and who loses isolation under a what-if')
    .description(
      'The IOMMU groups of the machine, those it would have under a what-if, and who loses isolation from whom.',
    )
    .addHelpText(
      'after',
      `${sourceHelp}

Examples:
  peerpath groups                            who can be given to a virtual machine without whom
  peerpath groups --acs clear:02:00.0 host.tar.gz
  peerpath groups --iommu dma host.tar.gz    the groups of a machine that runs without an IOMMU now`,
    )
    .action(async (source, options) => (await import('./commands/groups.ts')).groupsCommand(source, options));
  formatOption(machineOptions(program.command('fix [source]')))
    .summary('the least change that makes pairs direct, its price, and how to undo it')
    .description(
      'Finds the fewest ports whose ACS redirect must go so that all wanted pairs are direct, and checks it before showing it.',
    )
    .option('--want <pairs>', "PROVIDER->CLIENT or A<->B, with patterns: 'gpu*<->nic*' (repeatable)", collect)
    .option('--supported', 'through the host bridge is good enough')
    .option('--keep-isolated <devices>', 'nothing may reach these that cannot now (repeatable)', collect)
    .addHelpText(
      'after',
      `
Without --want: GPUs and accelerators with each other, with NICs and with NVMe disks, where they share a bridge.
${sourceHelp}

Examples:
  peerpath fix
  peerpath fix --want 'gpu*<->nic*' --keep-isolated nvme0 host.tar.gz
  peerpath fix --want 'gpu0->nic0' --format md host.tar.gz`,
    )
    .action(async (source, options) => (await import('./commands/fix.ts')).fixCommand(source, options));
  formatOption(machineOptions(program.command('doctor [source]')))
    .summary('what stands in the way on this machine, what costs most first')
    .description(
      'Looks over the whole machine. Each finding has its evidence, what it costs, what to do, and whose decision it is.',
    )
    .addHelpText(
      'after',
      `${sourceHelp}\n\nExamples:\n  sudo peerpath doctor\n  peerpath doctor --format md host.tar.gz`,
    )
    .action(async (source, options) => (await import('./commands/doctor.ts')).doctorCommand(source, options));
  machineOptions(program.command('check [source]'))
    .summary('required pairs, for scripts and monitoring')
    .description(
      'Holds pairs against requirements. Exit code 0: all hold, 1: one fails, 3: the input lacks what decides.',
    )
    .option('--require <requirement>', "'gpu* -> nic*: direct' (repeatable)", collect)
    .option('--file <file>', 'requirements, one a line, # begins a comment')
    .option('--format <text|junit|prometheus>', 'a JUnit file, or gauges for a textfile collector')
    .addHelpText(
      'after',
      `
A requirement is PROVIDER -> CLIENT: CONDITION, or A <-> B: CONDITION for both directions. Conditions, separated by
commas: direct, through, supported (one of the two), not-supported, a kernel name (PCI_P2PDMA_MAP_BUS_ADDR),
distance <= N.
${sourceHelp}

Examples:
  peerpath check --require 'gpu* <-> nic*: direct, distance <= 6'
  peerpath check --file required.txt --format junit host.tar.gz`,
    )
    .action(async (source, options) => (await import('./commands/check.ts')).checkCommand(source, options));
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Adds --format to a command that writes reports. */
export function formatOption(command: Command): Command {
  return command.option('--format <text|md|html>', 'Markdown to paste into an issue, or one HTML file');
}
