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
}

function formatOption(command: Command): Command {
  return command.option('--format <text|md|html>', 'Markdown to paste into an issue, or one HTML file');
}
