/** The command line: commands, options, help. */
import { Command } from 'commander';
import { EXIT, UsageError } from './exit-code.ts';
import { whatIfOptions } from './what-if-options.ts';

const SOURCE_HELP = `
SOURCE is this machine when absent, - for standard input, or a file or folder, told apart by its bytes:
  a capture archive (peerpath capture), such a tree unpacked, a hwloc-gather-topology archive,
  lspci -xxxx or -vvv output (also pasted: fenced, quoted, coloured).

Exit codes: 0 answered, 1 the answer is no, 2 unusable input or command line, 3 unknown, 70 a defect of peerpath.`;

/** Builds the program; what a command needs is loaded when it runs. Every command's failure is a UsageError (exit 2) or a defect. */
export function buildProgram(version: string): Command {
  const program = new Command('peerpath')
    .description('Which PCIe devices of a Linux machine can do peer-to-peer DMA with which, by which route, and why.')
    .version(version)
    .showSuggestionAfterError()
    .addHelpText('after', SOURCE_HELP)
    .exitOverride()
    .configureOutput({ writeErr: (text) => throwUsage(text) });
  matrix(program);
  explain(program);
  devices(program);
  capture(program);
  return program;
}

/** commander reports a wrong command line by writing; here it becomes a sentence like every other failure. */
function throwUsage(text: string): never {
  throw new UsageError(
    text
      .replace(/^error: /, '')
      .trim()
      .replaceAll('\n', ' '),
  );
}

function machineOptions(command: Command): Command {
  return whatIfOptions(command.option('--json', 'one JSON document on standard output')).option(
    '--sysroot <dir>',
    'read this machine below DIR (DIR/sys, DIR/proc)',
  );
}

function matrix(program: Command): void {
  machineOptions(program.command('matrix [source]', { isDefault: true }))
    .summary('which device can reach which (the default command)')
    .description(
      'All ordered pairs of devices: whether one can read and write the memory of the other, and by which route.',
    )
    .option('--all', 'every function, bridges too, not only endpoints')
    .option(
      '--only <device...>',
      'only these: addresses, labels (gpu0), kinds (gpu, nic, nvme), words of a name, patterns (gpu*)',
    )
    .addHelpText(
      'after',
      `${SOURCE_HELP}

Examples:
  peerpath                                   this machine
  peerpath host.tar.gz                       a capture from elsewhere
  peerpath matrix --only gpu nic -- host.tar.gz
  lspci -xxxx -vvv | peerpath -              an lspci dump (as root: sudo lspci ...)
  peerpath matrix --kernel 6.19 --json host.tar.gz
  peerpath matrix --acs clear:0000:02:00.0 host.tar.gz     what changes without that port's redirect
  peerpath matrix --iommu pt host.tar.gz                   ... after a boot with the IOMMU in pass-through`,
    )
    .action(async (source, options) => (await import('./commands/matrix.ts')).matrixCommand(source, options));
}

function explain(program: Command): void {
  machineOptions(program.command('explain <provider> <client> [source]'))
    .summary('one pair: the answer, the path, why, and what would change it')
    .description(
      'May CLIENT do DMA to memory of PROVIDER? The answer first, then the path, the reasons, and what could be changed.',
    )
    .addHelpText(
      'after',
      `
PROVIDER is the device whose memory is used, CLIENT the one that reads and writes it. Name devices by address
(0000:03:00.0, 03:00.0), label (gpu0) or a word that fits only one of them (nvme, connectx-7).
${SOURCE_HELP}

Examples:
  peerpath explain gpu0 nic0                 may nic0 read and write gpu0's memory?
  peerpath explain 03:00.0 04:00.0 host.tar.gz
  peerpath explain gpu0 nvme3 --kernel 6.19 lspci.txt`,
    )
    .action(async (provider, client, source, options) =>
      (await import('./commands/explain.ts')).explainCommand(provider, client, source, options),
    );
}

function devices(program: Command): void {
  machineOptions(program.command('devices [source]'))
    .summary('the functions of the machine')
    .description('Every PCI function: label, link, memory BARs, IOMMU group, NUMA node, ACS control, driver, name.')
    .addHelpText('after', `${SOURCE_HELP}\n\nExamples:\n  peerpath devices\n  peerpath devices --json host.tar.gz`)
    .action(async (source, options) => (await import('./commands/devices.ts')).devicesCommand(source, options));
  machineOptions(program.command('tree [source]'))
    .summary('the PCI tree, with links and redirecting ports')
    .description('The PCI tree as a drawing. Ports whose ACS control redirects peer traffic are marked.')
    .addHelpText('after', `${SOURCE_HELP}\n\nExamples:\n  peerpath tree\n  peerpath tree host.tar.gz`)
    .action(async (source, options) => (await import('./commands/devices.ts')).treeCommand(source, options));
}

function capture(program: Command): void {
  program
    .command('capture [file]')
    .summary('write what this machine says into an archive')
    .description('Writes a capture archive of this machine (default peerpath-capture.tar.gz). As root it is complete.')
    .option('--script', 'print a POSIX sh script that does the same on hosts without Node')
    .option('--sysroot <dir>', 'read below DIR (DIR/sys, DIR/proc)')
    .addHelpText(
      'after',
      `
Examples:
  sudo peerpath capture host.tar.gz
  peerpath capture --script > capture.sh     then, on the host: sudo sh capture.sh > host.tar.gz`,
    )
    .action(async (file, options) => (await import('./commands/capture.ts')).captureCommand(file, options));
}

/** The exit code for what a command threw; help and version are no failures. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.unusable;
  const code = (error as { exitCode?: unknown }).exitCode;
  return code === 0 ? EXIT.answered : EXIT.bug;
}
