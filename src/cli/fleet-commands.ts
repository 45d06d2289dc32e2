/** `peerpath fleet`: thousands of hosts and one question. */
import type { Command } from 'commander';
import { formatOptions } from './options.ts';

/** What DIR is, and the exit codes. */
const FLEET_HELP = `
DIR is what fleet scan or fleet work wrote: Parquet files, one folder for each part. peerpath fleet query --tables lists tables and
columns. DuckDB is needed (npm install @duckdb/node-api@1.5.6-r.1), for submit, work and status the client of NATS.

Exit codes: 0 answered, 1 the answer is no, 2 unusable input or command line, 3 unknown, 70 a defect of peerpath.`;

/** Adds the command and those below it. */
export function fleetCommands(program: Command): void {
  const fleet = program
    .command('fleet')
    .summary('captures of many hosts: answers in tables, hosts unlike the others, conditions over all')
    .description('Reads captures of any number of hosts into tables, and answers questions about all of them at once.')
    .addHelpText(
      'after',
      `${FLEET_HELP}

Examples:
  peerpath fleet scan captures/ --out fleet
  peerpath fleet outliers fleet`,
    );
  scan(fleet);
  summary(fleet);
  outliers(fleet);
  check(fleet);
  diff(fleet);
  query(fleet);
  submit(fleet);
  work(fleet);
  status(fleet);
}

function scan(fleet: Command): void {
  fleet
    .command('scan <sources...>')
    .summary('read captures into the tables of a folder')
    .description('Reads captures of any kind into Parquet tables. What the folder holds already is not read again.')
    .requiredOption('--out <dir>', 'the folder of the tables; made, or added to')
    .option('--threads <n>', 'how many captures are read at once; default: one for each processor')
    .option('--json', 'what was done, as one JSON document')
    .addHelpText(
      'after',
      `
SOURCE is a file of any kind that peerpath reads, an archive of captures, a folder of them (one that holds sys or capture.log
is one machine), a pattern in quotes ('captures/**/*.tar.gz'), or - for a list of names on standard input, one a line.
An input that cannot be read becomes a row of the table failed, with what is wrong; it stops nothing. A scan that was killed
goes on where it was when it is started again: inputs are told apart by the SHA-256 of their bytes.
${FLEET_HELP}

Examples:
  peerpath fleet scan captures/ --out fleet
  peerpath fleet scan 'rack-*/**/*.tar.gz' --out fleet
  find captures -name '*.tar.gz' -mtime -1 | peerpath fleet scan - --out fleet`,
    )
    .action(async (sources, options) => (await import('./commands/fleet-scan.ts')).fleetScanCommand(sources, options));
}

function summary(fleet: Command): void {
  formatOptions(fleet.command('summary <dir>'), '|prometheus')
    .summary('models, kernels, and the answers of pairs of GPUs with network adapters')
    .description('How many machines of which models and kernels there are, and how their pairs answer.')
    .addHelpText(
      'after',
      `${FLEET_HELP}

Examples:
  peerpath fleet summary fleet
  peerpath fleet summary fleet --format html > fleet.html
  peerpath fleet summary fleet --format prometheus > /var/lib/node_exporter/textfile/peerpath_fleet.prom`,
    )
    .action(async (dir, options) => (await import('./commands/fleet-ask.ts')).fleetSummaryCommand(dir, options));
}

function outliers(fleet: Command): void {
  formatOptions(fleet.command('outliers <dir>'), '|prometheus')
    .summary('hosts unlike the others of their model')
    .description(
      'Holds each host against the others of its model: kernel, command line, functions, ACS, links, IOMMU groups, BAR sizes, drivers.',
    )
    .option('--share <part>', 'a value is unusual that at most this part of the hosts has; default 0.05')
    .addHelpText(
      'after',
      `
A thing is usual where two thirds of the hosts of a model have it. Captures hold no name of a model: it is the processor, the
ids of the board and the kinds of GPUs. Exit code 1: there are such hosts.
${FLEET_HELP}

Examples:
  peerpath fleet outliers fleet
  peerpath fleet outliers fleet --share 0.01 --json`,
    )
    .action(async (dir, options) => (await import('./commands/fleet-ask.ts')).fleetOutliersCommand(dir, options));
}

function check(fleet: Command): void {
  formatOptions(fleet.command('check <dir>'), '|prometheus')
    .summary('required pairs, on every host')
    .description('Holds the pairs of every host against requirements, as peerpath check does for one.')
    .requiredOption(
      '--require <file>',
      "requirements, one a line, # begins a comment; or one requirement, 'gpu* <-> nic*: direct' (repeatable)",
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .addHelpText(
      'after',
      `
Requirements are those of peerpath check. A host without devices that one names is not asked about them. Exit code 0: all
hosts meet all, 1: one does not, 3: what is unknown decides (an input that could not be read is unknown).
${FLEET_HELP}

Examples:
  peerpath fleet check fleet --require required.txt
  peerpath fleet check fleet --require 'gpu* <-> nic*: supported' --json`,
    )
    .action(async (dir, options) => (await import('./commands/fleet-check.ts')).fleetCheckCommand(dir, options));
}

function diff(fleet: Command): void {
  formatOptions(fleet.command('diff <old> <new>'))
    .summary('what changed between two scans')
    .description('Machines that are new, gone or changed, and the pairs that answer otherwise.')
    .addHelpText(
      'after',
      `
Machines are matched by name where it is of one machine in both scans, else by the serial numbers of their devices. Exit code 1:
pairs answer otherwise, 3: none does, but machines changed whose pairs are unknown in both.
${FLEET_HELP}

Examples:
  peerpath fleet diff fleet-monday fleet-tuesday
  peerpath fleet diff before after --format html > change.html`,
    )
    .action(async (before, after, options) =>
      (await import('./commands/fleet-ask.ts')).fleetDiffCommand(before, after, options),
    );
}

function query(fleet: Command): void {
  formatOptions(fleet.command('query [dir] [sql]'), '|csv')
    .summary('SQL over the tables')
    .description(
      'Answers one SELECT of DuckDB SQL. The tables are read only, and no other file can be read or written.',
    )
    .option('--tables', 'list tables and columns instead')
    .addHelpText(
      'after',
      `${FLEET_HELP}

Examples:
  peerpath fleet query --tables
  peerpath fleet query fleet 'SELECT kernel, count(*) FROM machines GROUP BY kernel'
  peerpath fleet query fleet "SELECT machine, bdf FROM links WHERE kind = 'nic' AND slow" --format csv`,
    )
    .action(async (dir, sql, options) =>
      (await import('./commands/fleet-ask.ts')).fleetQueryCommand(dir, sql, options),
    );
}

/** Options of every command that asks a server. */
function natsOptions(command: Command): Command {
  return command
    .requiredOption(
      '--nats <url>',
      'the server of NATS with JetStream: nats://host:4222, tls://host; several by commas',
    )
    .option('--name <name>', 'separates fleets on one server; default peerpath')
    .option('--creds <file>', 'credentials of NATS (.creds)')
    .option('--tls-ca <file>', 'certificates that the server is trusted by')
    .option('--tls-cert <file>', 'the certificate of this client')
    .option('--tls-key <file>', 'its key');
}

function submit(fleet: Command): void {
  natsOptions(fleet.command('submit <sources...>'))
    .summary('put captures into a queue, for workers on any number of hosts')
    .description(
      'Puts captures into the object store and the work queue of a NATS server. What is there already is not sent again.',
    )
    .option('--json', 'what was done, as one JSON document')
    .addHelpText(
      'after',
      `
SOURCE is as of fleet scan, but for folders that are one machine. Objects are named by the SHA-256 of their bytes.
${FLEET_HELP}

Examples:
  peerpath fleet submit captures/ --nats nats://queue:4222
  peerpath capture --redact host.tar.gz && peerpath fleet submit host.tar.gz --nats tls://queue --creds fleet.creds`,
    )
    .action(async (sources, options) =>
      (await import('./commands/fleet-queue.ts')).fleetSubmitCommand(sources, options),
    );
}

function work(fleet: Command): void {
  natsOptions(fleet.command('work'))
    .summary('answer captures of a queue')
    .description(
      'Takes captures from the queue, answers, writes Parquet, and acknowledges after it wrote. Ends on SIGTERM or Ctrl-C.',
    )
    .requiredOption(
      '--out <dir>',
      'the folder of the tables, one that all workers share or one of its own; nats: the object store',
    )
    .option('--threads <n>', 'how many captures are read at once; default: one for each processor')
    .option('--until-empty', 'end when nothing is queued and nothing under way')
    .option('--json', 'what was done, as one JSON document')
    .addHelpText(
      'after',
      `
A worker that dies loses nothing: what it did not acknowledge is given to another after a minute, and counts once whoever wrote it.
A capture with which workers end three times is a row of failed.
${FLEET_HELP}

Examples:
  peerpath fleet work --nats nats://queue:4222 --out /shared/fleet
  peerpath fleet work --nats nats://queue:4222 --out nats --until-empty`,
    )
    .action(async (options) => (await import('./commands/fleet-queue.ts')).fleetWorkCommand(options));
}

function status(fleet: Command): void {
  natsOptions(fleet.command('status'))
    .summary('how far a queue is, and its results brought to a folder')
    .description('How many captures are queued, under way and done.')
    .option('--fetch <dir>', 'bring what workers with --out nats wrote into this folder, for the other commands')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      `
Exit code 0: all that was submitted is done, 3: some is not yet.
${FLEET_HELP}

Examples:
  peerpath fleet status --nats nats://queue:4222
  peerpath fleet status --nats nats://queue:4222 --fetch fleet && peerpath fleet summary fleet`,
    )
    .action(async (options) => (await import('./commands/fleet-queue.ts')).fleetStatusCommand(options));
}
