/** Commands that say what could be changed, and what it costs. */
import type { Command } from 'commander';
import { collect, machineOptions, SOURCE_HELP } from './options.ts';

/** Adds groups, fix, doctor, check, verify, evidence, near and diff. */
export function diagnosisCommands(program: Command): void {
  groups(program);
  fix(program);
  doctor(program);
  check(program);
  verify(program);
  evidence(program);
  near(program);
  diff(program);
}

function groups(program: Command): void {
  machineOptions(program.command('groups [sources...]'))
    .summary('IOMMU groups, and who loses isolation under a what-if')
    .description(
      'The IOMMU groups of the machine, those it would have under a what-if, and who loses isolation from whom.',
    )
    .option('--all', 'every group, also those of one device, of ports and of parts of the platform')
    .addHelpText(
      'after',
      `${SOURCE_HELP}

Examples:
  peerpath groups                            who can be given to a virtual machine without whom
  peerpath groups --acs clear:02:00.0 host.tar.gz
  peerpath groups --iommu dma host.tar.gz    the groups of a machine that runs without an IOMMU now`,
    )
    .action(async (sources, options) => (await import('./commands/machine.ts')).groupsCommand(sources, options));
}

function fix(program: Command): void {
  machineOptions(program.command('fix [sources...]'))
    .summary('the least change that makes pairs direct, its price, and how to undo it')
    .description(
      'Finds the fewest ports whose ACS redirect must go so that all wanted pairs are direct, and checks it before showing it.',
    )
    .option(
      '--want <pairs>',
      "PROVIDER->CLIENT or A<->B, with patterns: 'gpu*<->nic*'; nearest, same-switch, all (repeatable)",
      collect,
    )
    .option('--pairs', 'every pair, not only by reason and place')
    .option('--steps', 'all steps: boot loader entry, systemd unit, verification')
    .option('--supported', 'through the host bridge is good enough')
    .option('--keep-isolated <devices>', 'nothing may reach these that cannot now (repeatable)', collect)
    .addHelpText(
      'after',
      `
nearest: each GPU with the NICs and NVMe disks that share its switch, else its host bridge, else its NUMA node.
same-switch: all devices below one switch. all: everyone with everyone.
Without --want: GPUs and accelerators with each other, with NICs and with NVMe disks, where they share a bridge.
${SOURCE_HELP}

Examples:
  peerpath fix
  peerpath fix --want 'gpu*<->nic*' --keep-isolated nvme0 host.tar.gz
  peerpath fix --want 'gpu0->nic0' --format md host.tar.gz`,
    )
    .action(async (sources, options) => (await import('./commands/wishes.ts')).fixCommand(sources, options));
}

function doctor(program: Command): void {
  machineOptions(program.command('doctor [sources...]'))
    .summary('what stands in the way on this machine, what costs most first')
    .description(
      'Looks over the whole machine. Each finding has its evidence, what it costs, what to do, and whose decision it is.',
    )
    .option('--all', 'every finding, not only the first')
    .option(
      '--for <goal>',
      'a checklist of what a goal needs: gpudirect-rdma, gpudirect-storage, nvme-p2p, dma-buf, passthrough, rocm-p2p',
    )
    .addHelpText(
      'after',
      `${SOURCE_HELP}\n\nExamples:\n  sudo peerpath doctor\n  peerpath doctor --for gpudirect-rdma host.tar.gz\n  peerpath doctor --format md host.tar.gz`,
    )
    .action(async (sources, options) => (await import('./commands/machine.ts')).doctorCommand(sources, options));
}

function check(program: Command): void {
  machineOptions(program.command('check [sources...]'), '|junit|prometheus|nfd')
    .summary('required pairs, for scripts and monitoring')
    .description(
      'Holds pairs against requirements. Exit code 0: all hold, 1: one fails, 3: the input lacks what decides.',
    )
    .option('--require <requirement>', "'gpu* -> nic*: direct' (repeatable)", collect)
    .option('--file <file>', 'requirements, one a line, # begins a comment')
    .option('--pairs', 'every pair that is not met, not only by reason and place')
    .addHelpText(
      'after',
      `
A requirement is PROVIDER -> CLIENT: CONDITION, or A <-> B: CONDITION for both directions. Conditions, separated by
commas (PAIRS may be nearest, same-switch or all, as of fix): direct, through, supported (one of the two), not-supported, a kernel name (PCI_P2PDMA_MAP_BUS_ADDR),
distance <= N.
${SOURCE_HELP}

Examples:
  peerpath check --require 'gpu* <-> nic*: direct, distance <= 6'
  peerpath check --file required.txt --format junit host.tar.gz`,
    )
    .action(async (sources, options) => (await import('./commands/wishes.ts')).checkCommand(sources, options));
}

function verify(program: Command): void {
  machineOptions(program.command('verify [sources...]'))
    .summary('hold the machine against the model: every recorded fact that can be predicted')
    .description(
      'Predicts IOMMU groups, domains, ACS registers, addresses and the tree from registers, and compares what the input records.',
    )
    .option('--report <file>', 'also write a redacted archive of it, fit to be attached to an issue of peerpath')
    .option('--force', 'replace the archive where it is there already')
    .addHelpText(
      'after',
      `
Exit code 0: all is as predicted, or a known cause explains what is not. 1: something is not, and nothing explains it.
3: the input records nothing that can be compared.
${SOURCE_HELP}

Examples:
  sudo peerpath verify
  peerpath verify host.tar.gz
  peerpath verify --report verify.tar.gz host.tar.gz`,
    )
    .action(async (sources, options) => (await import('./commands/verify.ts')).verifyCommand(sources, options));
}

function evidence(program: Command): void {
  machineOptions(program.command('evidence [sources...]'))
    .summary('what the input told, from which line, what contradicts, and what is missing')
    .description(
      'What was understood of each source, where sources disagree and which counts, which facts open pairs wait for, and the command that settles most of them.',
    )
    .addHelpText(
      'after',
      `${SOURCE_HELP}

Examples:
  peerpath evidence nvidia-bug-report.log.gz
  peerpath evidence lspci.txt dmesg.txt topo.txt
  peerpath evidence --json lspci.txt`,
    )
    .action(async (sources, options) => (await import('./commands/machine.ts')).evidenceCommand(sources, options));
}

function diff(program: Command): void {
  machineOptions(program.command('diff <a> <b>'))
    .summary('two machines, or one before and after a change: which pairs answer otherwise, and why')
    .description(
      'Compares functions, ACS, links, IOMMU groups, kernel, and the answers of all pairs that both machines have.',
    )
    .addHelpText(
      'after',
      `
Functions are matched by address and ids; those that moved, by serial number, then by ids in order. A what-if holds for
both. Exit code 1: a pair answers otherwise, 3: pairs are unknown on both sides.
${SOURCE_HELP}

Examples:
  peerpath diff before.tar.gz after.tar.gz       what a change of firmware settings did
  peerpath diff good-node.tar.gz bad-node.tar.gz
  peerpath diff lspci.txt#1 lspci.txt#2 --json`,
    )
    .action(async (a, b, options) => (await import('./commands/diff.ts')).diffCommand(a, b, options));
}

function near(program: Command): void {
  machineOptions(program.command('near [words...]'), '|nccl|nfd')
    .usage('[DEVICE] [SOURCE...] [options]')
    .summary('network adapters and drives for each GPU, and which to take when all run at once')
    .description(
      'For every GPU the adapters and drives in order of preference, and the adapters that move most in all when every GPU runs.',
    )
    .addHelpText(
      'after',
      `
DEVICE shows one in detail. --format nccl prints lines for a shell that set NCCL_IB_HCA, --format nfd a file for
/etc/kubernetes/node-feature-discovery/features.d/.
${SOURCE_HELP}

Examples:
  peerpath near
  peerpath near gpu0 host.tar.gz
  peerpath near host.tar.gz --format nfd`,
    )
    .action(async (words, options) => (await import('./commands/near.ts')).nearCommand(words, options));
}
