/** The command line: commands, options, help. */
import { Command } from 'commander';
import { nearestWord } from '../base/index.ts';
import { diagnosisCommands } from './diagnosis-commands.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { fleetCommands } from './fleet-commands.ts';
import { collect, formatOptions, machineOptions, SOURCE_HELP } from './options.ts';
import { chooseTerminal } from './terminal.ts';

/** Builds the program; what a command needs is loaded when it runs. Every command's failure is a UsageError (exit 2) or a defect. */
export function buildProgram(version: string): Command {
  const program: Command = new Command('peerpath')
    .description('Which PCIe devices of a Linux machine can do peer-to-peer DMA with which, by which route, and why.')
    .version(version, '-V, --version', 'the version')
    .helpOption('-h, --help', 'this help')
    .option('-q, --quiet', 'no notes and no progress on standard error')
    .option('--color <auto|always|never>', 'colours: on terminals (auto), else as NO_COLOR and FORCE_COLOR say')
    .option('--no-pager', 'long text not through $PAGER (on terminals it is)')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .addHelpText('after', SOURCE_HELP)
    .exitOverride()
    .configureOutput({ writeErr: (text) => throwUsage(text) });
  program.hook('preAction', () => chooseTerminal(program.opts()));
  matrix(program);
  explain(program);
  map(program);
  trace(program);
  devices(program);
  diagnosisCommands(program);
  lab(program);
  web(program);
  capture(program);
  fleetCommands(program);
  completion(program);
  help(program);
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

function matrix(program: Command): void {
  machineOptions(program.command('matrix [sources...]', { isDefault: true }))
    .summary('which device can reach which (the default command)')
    .description(
      'All ordered pairs of devices: whether one can read and write the memory of the other, and by which route.',
    )
    .option('--all', 'every function, bridges too, not only GPUs, accelerators, NICs and NVMe disks')
    .option('--expand', 'a row and a column for every device: none fold')
    .option('--classes', 'PIX, PXB, PHB, NODE, SYS beside the answers, as nvidia-smi topo -m has them')
    .option(
      '--only <devices>',
      'only these, separated by commas: addresses, labels (gpu0), kinds (gpu, nic, nvme), words of a name, patterns (gpu*)',
      collect,
    )
    .addHelpText(
      'after',
      `${SOURCE_HELP}

Examples:
  peerpath                                   this machine
  peerpath host.tar.gz                       a capture from elsewhere
  peerpath matrix --only gpu,nic host.tar.gz
  lspci -xxxx -vvv | peerpath -              an lspci dump (as root: sudo lspci ...)
  peerpath matrix --kernel 6.19 --json host.tar.gz
  peerpath matrix --acs clear:0000:02:00.0 host.tar.gz     what changes without that port's redirect
  peerpath matrix --iommu pt host.tar.gz                   ... after a boot with the IOMMU in pass-through`,
    )
    .action(async (sources, options) => (await import('./commands/pairs.ts')).matrixCommand(sources, options));
}

function explain(program: Command): void {
  machineOptions(program.command('explain <provider> <client> [sources...]'))
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
    .action(async (provider, client, sources, options) =>
      (await import('./commands/pairs.ts')).explainCommand(provider, client, sources, options),
    );
}

function mapOptions(command: Command): Command {
  return machineOptions(command)
    .option(
      '--range <offset+length>',
      'a part of the BAR; repeat for several, in the order in which they are exported; default the whole BAR',
      collect,
    )
    .option(
      '--dma-mask <bits>',
      "DMA mask that the importer's driver sets; default as captured, 64 where the input does not tell",
    );
}

function map(program: Command): void {
  mapOptions(program.command('map <provider:bar> <importer> [sources...]'))
    .summary('the scatter-gather table an importer gets for memory of a BAR, proved byte by byte')
    .description(
      'Maps memory of a BAR for an importer as dma_buf_phys_vec_to_sgt() of a kernel does: flow, entries, errno, defects.',
    )
    .addHelpText(
      'after',
      `
Sizes are written 4096, 0x1000, 4K, 2M, 1G. --kernel also takes "intended" (no defects) and "v8" (the series as reviewed in
November 2025), "mapping-types-rfc1" (the proposed mapping types on 7.3, as posted; with "-intended" behind it, as meant),
or several with commas: then what every kind of importer gets is compared. The importer's address space is taken as empty but for what firmware and host bridge reserve.
${SOURCE_HELP}

Examples:
  peerpath map gpu0:2 nic0                              the whole BAR 2 of gpu0, as nic0 gets it
  peerpath map gpu0:2 nic0 --range 0+2M --range 1G+64K host.tar.gz
  peerpath map gpu0:2 nic0 --iommu dma --kernel intended --json host.tar.gz
  peerpath map gpu0:1 nic0 --kernel 7.3,mapping-types-rfc1 host.tar.gz`,
    )
    .action(async (memory, importer, sources, options) =>
      (await import('./commands/map-and-trace.ts')).mapCommand(memory, importer, sources, options),
    );
}

function trace(program: Command): void {
  mapOptions(program.command('trace <first> <second> [sources...]'))
    .usage('REQUESTER ADDRESS [SOURCE...] | PROVIDER:BAR CLIENT [SOURCE...] [options]')
    .summary('the way of one request, hop by hop, with rule and register')
    .description(
      'Follows a memory request through switches, ACS, root complex and IOMMU to the byte it reaches, or to where it stops.',
    )
    .option('--read', 'a read (with the way of its completions)')
    .option('--write', 'a write (the default)')
    .option(
      '--with <provider:bar=client>',
      'another pair at the same time: shows the links they share; repeat for several',
      collect,
    )
    .option('--via <file>', 'a table printed by "peerpath map --json", used as the I/O page table')
    .addHelpText(
      'after',
      `${SOURCE_HELP}

Examples:
  peerpath trace nic0 0x380000000000 --read host.tar.gz
  peerpath trace gpu0:2 nic0 host.tar.gz               map BAR 2 of gpu0 for nic0 and follow the first request`,
    )
    .action(async (first, second, sources, options) =>
      (await import('./commands/map-and-trace.ts')).traceCommand(first, second, sources, options),
    );
}

function devices(program: Command): void {
  machineOptions(program.command('devices [sources...]'))
    .summary('the functions of the machine')
    .description('Every PCI function: label, link, memory BARs, IOMMU group, NUMA node, ACS control, driver, name.')
    .option('--all', 'every function, also of a large machine')
    .addHelpText('after', `${SOURCE_HELP}\n\nExamples:\n  peerpath devices\n  peerpath devices --json host.tar.gz`)
    .action(async (sources, options) => (await import('./commands/machine.ts')).devicesCommand(sources, options));
  machineOptions(program.command('tree [sources...]'))
    .summary('the PCI tree, with links and redirecting ports')
    .description('The PCI tree as a drawing. Ports whose ACS control redirects peer traffic are marked.')
    .option('--all', 'every function, also of a large machine')
    .addHelpText('after', `${SOURCE_HELP}\n\nExamples:\n  peerpath tree\n  peerpath tree host.tar.gz`)
    .action(async (sources, options) => (await import('./commands/machine.ts')).treeCommand(sources, options));
}

function lab(program: Command): void {
  formatOptions(program.command('lab <file>'))
    .summary('play a scenario: export, map, move bytes, revoke, and see what happens')
    .description(
      'Plays the steps of a scenario file on a modelled machine and prints what happens. Exit code 1: something expected did not happen.',
    )
    .addHelpText(
      'after',
      `
FILE is YAML: a machine (a description or a capture), a kernel, and steps with what is expected of them; - is standard
input. docs/scenarios.md describes it, examples/scenarios/ has some to start from.

Examples:
  peerpath lab examples/scenarios/revoke-during-traffic.yaml
  peerpath lab --json story.yaml`,
    )
    .action(async (file, options) => (await import('./commands/lab.ts')).labCommand(file, options));
}

function web(program: Command): void {
  program
    .command('web [sources...]')
    .summary('the same as a page in the browser')
    .description(
      'Serves a page on this host and opens it on the machine that the sources show: matrix, tree, tables, what-ifs. It follows the machine.',
    )
    .option('--port <n>', 'the port; default: a free one')
    .option('--listen <address>', 'another address than 127.0.0.1; one that others can reach needs --token')
    .option('--token <text>', 'who opens the page has to know it; at least 16 characters off this host')
    .option('--sysroot <dir>', 'read this machine below DIR (DIR/sys, DIR/proc)')
    .addHelpText(
      'after',
      `${SOURCE_HELP}\n\nExamples:\n  peerpath web\n  peerpath web host.tar.gz --port 8080\n  peerpath web lspci.txt dmesg.txt`,
    )
    .action(async (sources, options) => (await import('./commands/host.ts')).webCommand(sources, options));
}

function capture(program: Command): void {
  program
    .command('capture [file]')
    .summary('write what this machine says into an archive')
    .description(
      'Writes a capture archive of this machine (default peerpath-capture.tar.gz; - is standard output). As root it is complete.',
    )
    .option('--force', 'replace the file where it is there already')
    .option('--script', 'print a POSIX sh script that does the same on hosts without Node')
    .option(
      '--machine <file>',
      'write the archive of a machine described in YAML, or of another input, not of this one',
    )
    .option('--redact', 'leave out serial numbers and what names disks, hosts and networks; answers stay the same')
    .option('--sysroot <dir>', 'read below DIR (DIR/sys, DIR/proc)')
    .addHelpText(
      'after',
      `
Examples:
  sudo peerpath capture host.tar.gz
  sudo peerpath capture --redact host.tar.gz
  peerpath capture --redact --machine host.tar.gz shared.tar.gz
  peerpath capture --script > capture.sh     then, on the host: sudo sh capture.sh > host.tar.gz`,
    )
    .action(async (file, options) => (await import('./commands/host.ts')).captureCommand(file, options));
}

function completion(program: Command): void {
  program
    .command('completion <shell>')
    .summary('what a shell loads to complete commands, options, files and devices: bash, zsh or fish')
    .description(
      'Prints a script that makes a shell complete commands, options, values, files, and the devices of the source.',
    )
    .addHelpText(
      'after',
      `
Examples:
  eval "$(peerpath completion bash)"         in ~/.bashrc
  eval "$(peerpath completion zsh)"          in ~/.zshrc, behind compinit
  peerpath completion fish > ~/.config/fish/completions/peerpath.fish`,
    )
    .action(async (shell) => (await import('./commands/completion.ts')).completionCommand(shell));
  // What those scripts ask; its words are those of a command line, whatever they are.
  program
    .command('complete <shell> [words...]', { hidden: true })
    .description('Answers a shell that completes a command line.')
    .action(async (shell, words) => (await import('./commands/completion.ts')).completeCommand(program, shell, words));
}

function help(program: Command): void {
  program
    .command('help [command]')
    .summary('what a command does, with its options and examples')
    .description('Prints the help of a command, as --help behind its name does.')
    .action((name?: string) => {
      const command = name === undefined ? program : program.commands.find((other) => other.name() === name);
      if (command !== undefined) return command.outputHelp();
      const meant = nearestWord(
        name ?? '',
        program.commands.map((other) => other.name()),
      );
      const next = meant === undefined ? 'peerpath --help lists the commands' : `did you mean ${meant}?`;
      throw new UsageError(`help ${name}: no such command; ${next}`);
    });
}

/** The exit code for what a command threw; help and version are no failures. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.unusable;
  const code = (error as { exitCode?: unknown }).exitCode;
  return code === 0 ? EXIT.answered : EXIT.bug;
}
