/** Records again what is recorded, and says what differs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecording, readText } from '../recording.ts';
import { releaseOf, Unavailable } from './packages.ts';
import {
  answerLines,
  DEVICE_TREE,
  type Recorded,
  recordScene,
  type Scene,
  UEFI_FIRMWARE,
  vfioLines,
} from './recorded-machine.ts';
import { openWorkshop } from './workshop.ts';

/** What came of one. */
export interface Rerecorded {
  readonly answers: number;
  /** Numbers of the answers that differ, by byte. */
  readonly different: readonly number[];
  /** Of those that differ and may: the addresses hang on a timer of the kernel, as `compare.json` says. */
  readonly timed: number;
  /** The same of the listing of lspci and of the groups; '' where nothing differs, else what. */
  readonly also: string;
}

interface Meta {
  readonly scenario: string;
  readonly description: string;
  readonly kernel_release: string;
  readonly qemu_machine_args: string;
  readonly qemu_version: string;
  readonly cpu: string;
  readonly cmdline: string;
  readonly iommu: string;
  readonly setup_commands?: string;
  readonly commands_after?: string;
  readonly arch?: 'arm64';
  readonly firmware?: string;
  readonly device_tree?: string;
  readonly acpi_tables?: readonly string[];
  readonly plugged?: readonly string[];
}

/** The machine of a recording. @throws Unavailable for one whose device tree is not there */
export function sceneOf(folder: string): { readonly scene: Scene; readonly meta: Meta } {
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as Meta;
  const deviceTree = join(folder, DEVICE_TREE);
  if (meta.device_tree !== undefined && !existsSync(deviceTree))
    throw new Unavailable(`its device tree was made by hand, and ${DEVICE_TREE} is not there`);
  const scene: Scene = {
    name: meta.scenario,
    arch: meta.arch ?? 'amd64',
    uefi: meta.firmware === UEFI_FIRMWARE,
    deviceTree: meta.device_tree === undefined ? undefined : readFileSync(deviceTree),
    description: meta.description,
    machine: meta.qemu_machine_args.split(' '),
    qemuMajor: Number(/version (\d+)/.exec(meta.qemu_version)?.[1]),
    cpu: meta.cpu,
    iommu: meta.iommu,
    cmdline: '',
    acpiTables:
      meta.acpi_tables && Object.fromEntries(meta.acpi_tables.map((name) => [name, readFileSync(join(folder, name))])),
    plugged: meta.plugged,
    setup: meta.setup_commands ?? '',
    after: meta.commands_after ?? '',
  };
  return { scene, meta };
}

/** Boots the machine of a recording again, puts the same requests in the same order and compares. */
export async function rerecord(folder: string): Promise<Rerecorded> {
  const { scene, meta } = sceneOf(folder);
  const before = (readText(folder, 'answers.jsonl') ?? '').split('\n').filter((line) => line !== '');
  const requests = before.map((line) => String((JSON.parse(line) as { request: unknown }).request));
  const workshop = await openWorkshop(releaseOf(meta.kernel_release));
  const recorded = await recordScene(workshop, scene, requests, meta.cmdline);
  const now = answerLines(recorded);
  const { rules } = readRecording(folder);
  const differing = now.flatMap((line, n) => (line === before[n] ? [] : [n]));
  const mayDiffer = (n: number): boolean => {
    const { importer } = JSON.parse(now[n] ?? '{}') as { importer?: string };
    return (importer !== undefined && rules.shapeOnly(importer)) || rules.skipped(n).size > 0;
  };
  const different = differing.filter((n) => !mayDiffer(n));
  const timed = differing.length - different.length;
  return {
    answers: now.length,
    different,
    timed,
    also: [vfioDifferences(folder, recorded), otherDifferences(folder, recorded.booted.sections, meta, recorded.qemu)]
      .filter((words) => words !== '')
      .join('; '),
  };
}

function vfioDifferences(folder: string, recorded: Recorded): string {
  const before = (readText(folder, 'vfio.jsonl') ?? '').split('\n').filter((line) => line !== '');
  const now = vfioLines(recorded);
  const differing = before.filter((line, n) => line !== now[n]).length + Math.max(0, now.length - before.length);
  return differing === 0 ? '' : `${differing} of ${before.length} answers of VFIO`;
}

function otherDifferences(folder: string, sections: ReadonlyMap<string, Buffer>, meta: Meta, qemu: string): string {
  const words: string[] = [];
  const listing = sections.get('lspci.txt')?.toString('utf8').trimEnd();
  const before = readText(folder, 'lspci.txt')?.trimEnd();
  if (before !== undefined && listing !== before) words.push('the listing of lspci');
  if (qemu !== meta.qemu_version) words.push(`QEMU: ${qemu}, then ${meta.qemu_version}`);
  return words.join('; ');
}
