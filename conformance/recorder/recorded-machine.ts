/** Boots that record: discovery, then the requests; what comes back in the form of conformance/recordings. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ARCHES, type Arch, archOfRelease } from './arch.ts';
import { accelerator, type Boot, type Booted, boot, hostQemu, PLUG_NEXT, qemuVersion } from './boot.ts';
import { baseFiles, bootFiles, tableFiles } from './initramfs.ts';
import { Unavailable } from './packages.ts';
import { packagedModules, packagedQemu, vfioPrograms, type Workshop } from './workshop.ts';

/** A machine to be recorded. */
export interface Scene {
  readonly name: string;
  readonly description: string;
  readonly arch: Arch;
  /** QEMU's arguments, without kernel and console. */
  readonly machine: readonly string[];
  /** Which QEMU: 7, 10; undefined: the host's, or 10 where the machine needs it. */
  readonly qemuMajor?: number | undefined;
  readonly cpu: string;
  readonly iommu: string;
  /** The kernel's parameters after {@link consoleOf}. */
  readonly cmdline: string;
  /** ACPI tables that the kernel takes in place of QEMU's, by file name; see Documentation/admin-guide/acpi/initrd_table_override.rst. */
  readonly acpiTables?: Readonly<Record<string, Uint8Array>> | undefined;
  /** The firmware of an arm64 machine is UEFI; else there is none, and the kernel gets a device tree. */
  readonly uefi?: boolean | undefined;
  /** The device tree in place of QEMU's. */
  readonly deviceTree?: Uint8Array | undefined;
  /** Devices, as QEMU's arguments, that are plugged in before the capture, when `setup` asks ({@link PLUG_NEXT}). */
  readonly plugged?: readonly string[] | undefined;
  /** Shell for the guest before the capture, and after the requests. */
  readonly setup: string;
  readonly after: string;
}

/** Shell that asks for one device after another, and waits until Linux has found each. */
export function setupOfPlugged(count: number): string {
  const found = 'ls /sys/bus/pci/devices | wc -l';
  const one = `n=$(${found}); echo ${PLUG_NEXT} > /proc/p2pout; until [ $(${found}) -gt $n ]; do sleep 1; done; sleep 2`;
  return Array(count).fill(one).join('\n');
}

/** Parameters that every recording has. */
export function consoleOf(arch: Arch): string {
  return `console=${ARCHES[arch].console} panic=-1 quiet log_buf_len=8M printk.devkmsg=on mitigations=off`;
}

/** Half an hour: an emulated processor on a busy machine. */
const LIMIT_SECONDS = 1800;

/** Of Debian's package qemu-efi-aarch64. */
const UEFI = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd';
/** The file that QEMU is told to take the device tree from. */
export const DEVICE_TREE = 'device-tree.dtb';

/** What a recording is made of. */
export interface Recorded {
  readonly scene: Scene;
  readonly release: string;
  readonly cmdline: string;
  readonly qemu: string;
  readonly requests: readonly string[];
  readonly booted: Booted;
}

/** Boots a scene; `files` go into the guest's root. @throws Unavailable when it does not come to its end */
export async function bootScene(
  workshop: Workshop,
  scene: Scene,
  files: Readonly<Record<string, string>>,
  cmdline: string = `${consoleOf(scene.arch)} ${scene.cmdline}`.trim(),
  limit: number = LIMIT_SECONDS,
): Promise<{ readonly booted: Booted; readonly qemu: string }> {
  const qemu = await qemuFor(scene);
  const { arch, uefi, deviceTree } = scene;
  if (archOfRelease(workshop.release) !== arch)
    throw new Unavailable(`${workshop.release} is no kernel for a machine of ${arch}`);
  if (uefi === true && !existsSync(UEFI)) throw new Unavailable(`there is no ${UEFI} (Debian: qemu-efi-aarch64)`);
  const machine: Boot = {
    arch,
    qemu,
    machine: [
      ...scene.machine.map((word) => word.replace('accel=tcg', `accel=${accelerator(arch)}`)),
      ...(uefi === true ? ['-bios', UEFI] : []),
      ...(deviceTree === undefined ? [] : ['-dtb', DEVICE_TREE]),
    ],
    files: deviceTree === undefined ? {} : { [DEVICE_TREE]: deviceTree },
    kernel: workshop.kernel,
    initramfs: [
      ...(scene.acpiTables === undefined ? [] : [tableFiles(scene.acpiTables)]),
      baseFiles(workshop, await modulesOf(workshop, scene), programsOf(workshop, scene)),
      bootFiles({
        ...files,
        ...(scene.setup === '' ? {} : { 'pre.sh': scene.setup }),
        ...(scene.after === '' || files['mode'] === 'discover' ? {} : { 'post.sh': scene.after }),
      }),
    ],
    cmdline,
    plugged: scene.plugged,
    limit,
  };
  const booted = await boot(machine);
  if (!booted.done) throw new Unavailable(`the machine ${scene.name} did not come to its end:\n${booted.console}`);
  return { booted, qemu: qemuVersion(qemu) ?? '' };
}

/** What only QEMU 10 has. */
const NEEDS_QEMU_10 = /(?:^|,)(?:igb|cxl-\w+)(?:,|$)|disable-acs=|x-flts=/;

async function qemuFor({ arch, machine, qemuMajor }: Scene): Promise<readonly string[]> {
  if (arch !== 'amd64') return hostQemu(arch);
  const wanted = qemuMajor ?? (machine.some((word) => NEEDS_QEMU_10.test(word)) ? 10 : undefined);
  const host = Number(/version (\d+)/.exec(qemuVersion(['qemu-system-x86_64']) ?? '')?.[1]);
  return wanted === 10 && !(host >= 10) ? packagedQemu() : hostQemu(arch);
}

/** Modules that the guest's scripts load from /mod: unpacked from the distribution's package. */
async function modulesOf(workshop: Workshop, { setup, after }: Scene): Promise<string[]> {
  const { release, modules } = workshop;
  const wanted = [...`${setup} ${after}`.matchAll(/\/mod\/([\w-]+)\.ko/g)]
    .map(([, name = '']) => name)
    .filter((name) => !(name in modules));
  // The scripts may name modules in a loop.
  const asksVfio = after.includes('vfiotest ');
  if (asksVfio) wanted.push(...VFIO_MODULES);
  if (wanted.length === 0) return [];
  const kernel = await packagedModules(workshop);
  const own = asksVfio ? [vfioPrograms(workshop).module] : [];
  const unpacked = [...new Set(wanted)].map((name) => {
    const file = MODULE_FOLDERS.map((folder) => join(kernel, folder, `${name}.ko.xz`)).find(existsSync);
    if (file === undefined) throw new Unavailable(`the module ${name} is in no listed package of ${release}`);
    return file;
  });
  return [...unpacked, ...own];
}

const VFIO_MODULES = ['irqbypass', 'vfio', 'vfio_iommu_type1', 'vfio-pci-core', 'vfio-pci'];

/** Programs that the guest's scripts run. */
function programsOf(workshop: Workshop, { after }: Scene): string[] {
  return after.includes('vfiotest ') ? [vfioPrograms(workshop).program] : [];
}

const MODULE_FOLDERS = [
  'drivers/nvme/common',
  'drivers/nvme/host',
  'drivers/nvme/target',
  'drivers/vfio',
  'drivers/vfio/pci',
  'drivers/iommu',
  'drivers/net/ethernet/intel/igb',
  'drivers/net/ethernet/intel/igbvf',
  'drivers/i2c/algos',
  'drivers/dca',
  'drivers/ptp',
  'drivers/pps',
  'virt/lib',
];

/** Puts requests to the kernel and takes what it answers. */
export async function recordScene(
  workshop: Workshop,
  scene: Scene,
  requests: readonly string[],
  cmdline?: string,
): Promise<Recorded> {
  const { booted, qemu } = await bootScene(
    workshop,
    scene,
    { mode: 'record\n', requests: `${requests.join('\n')}\n` },
    cmdline,
  );
  return {
    scene,
    release: workshop.release,
    cmdline: cmdline ?? `${consoleOf(scene.arch)} ${scene.cmdline}`.trim(),
    qemu,
    requests,
    booted,
  };
}

/** The lines of `answers.jsonl`: number and request, then the kernel's answer; long tables shortened to runs. */
export function answerLines({ booted, requests }: Recorded): string[] {
  const lines = (booted.sections.get('answers')?.toString('utf8') ?? '').split('\n').filter((line) => line !== '');
  if (lines.length !== requests.length) {
    throw new Unavailable(
      `of ${requests.length} requests ${lines.length} were answered; the last was: ${requests[lines.length - 1]}`,
    );
  }
  return lines.map((line, n) => {
    const answer = JSON.parse(line) as Record<string, unknown>;
    const { sg, ...others } = answer;
    const shortened =
      Array.isArray(sg) && sg.length > LONGEST_TABLE ? { ...others, sg_runs: runs(sg as Entry[]) } : answer;
    return JSON.stringify({ n, request: requests[n], ...shortened });
  });
}

/** The lines of `vfio.jsonl`: what the program got from VFIO after the requests. */
export function vfioLines({ booted }: Recorded): string[] {
  const said = booted.sections.get('post')?.toString('utf8') ?? '';
  return said.split('\n').filter((line) => line.startsWith('{"op":"vfio') || line.startsWith('{"op":"fdmap'));
}

const LONGEST_TABLE = 1000;
type Entry = readonly [address: string, length: string];

/** Entries of equal length and equal distance: [address, length, count, stride]. */
function runs(sg: readonly Entry[]): (readonly [string, string, number, string])[] {
  const hex = (value: bigint): string => BigInt.asUintN(64, value).toString(16);
  const entries = sg.map(([address, length]) => ({ address: BigInt(`0x${address}`), length: BigInt(`0x${length}`) }));
  const found: (readonly [string, string, number, string])[] = [];
  for (let i = 0; i < entries.length; ) {
    const { address, length } = entries[i] as (typeof entries)[number];
    const stride = entries[i + 1]?.length === length ? (entries[i + 1]?.address ?? 0n) - address : 0n;
    let count = 1;
    while (
      stride !== 0n || entries[i + 1]?.length === length
        ? entries[i + count]?.length === length &&
          BigInt.asUintN(64, (entries[i + count]?.address ?? 0n) - (entries[i + count - 1]?.address ?? 0n)) ===
            BigInt.asUintN(64, stride)
        : false
    ) {
      count++;
    }
    found.push([hex(address), hex(length), count, hex(stride)]);
    i += count;
  }
  return found;
}

/** Messages of the kernel that a recording keeps. */
const KEPT_MESSAGES =
  /p2pdma|peer-to-peer|P2PDMA|ACS|DMAR|AMD-Vi|smmu|iommu|IOMMU|WARNING|BUG|Oops|DMA addr|Using \d+-bit|Modules linked|RIP:|unaligned|p2poracle|Command line|vfio|nvme|sriov|Call Trace|overflow/;
const MOST_OF_A_KIND = 40;

/** `dmesg.txt`: what the kernel said before the requests; of what it said meanwhile at most 40 of a kind. */
function keptMessages({ booted }: Recorded): string {
  const lines = (booted.sections.get('dmesg')?.toString('utf8') ?? '').split('\n');
  const ready = lines.findIndex((line) => line.includes('p2poracle ready'));
  const seen = new Map<string, number>();
  const kept = lines.filter((line, index) => {
    if (!KEPT_MESSAGES.test(line)) return false;
    if (index <= ready) return true;
    const kind = line
      .replace(/^\[[ .0-9]+\] /, '')
      .replace(/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]|[0-9a-f]{4}:[0-9a-f]{4}|0x[0-9a-f]+|#\d+|\[.*?\]/g, 'X');
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    return (seen.get(kind) ?? 0) <= MOST_OF_A_KIND;
  });
  return `${kept.join('\n')}\n`;
}

/** What `meta.json` says of the firmware. */
export const UEFI_FIRMWARE = 'UEFI (EDK2), ACPI tables of QEMU';

/** Writes the folder of a recording. */
export function writeRecording(folder: string, recorded: Recorded): void {
  const { scene, release, cmdline, qemu, requests, booted } = recorded;
  const lines = answerLines(recorded);
  mkdirSync(folder, { recursive: true });
  const packed = (name: string, text: string | Uint8Array): void =>
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text, { level: 9 }));
  packed('answers.jsonl', `${lines.join('\n')}\n`);
  const vfio = vfioLines(recorded);
  if (vfio.length > 0) packed('vfio.jsonl', `${vfio.join('\n')}\n`);
  packed('dmesg.txt', keptMessages(recorded));
  packed('lspci.txt', Buffer.concat([booted.sections.get('lspci.txt') ?? Buffer.alloc(0), Buffer.from('\n')]));
  writeFileSync(join(folder, 'capture.tar.gz'), booted.sections.get('capture.tar.gz') ?? Buffer.alloc(0));
  for (const [name, bytes] of Object.entries(scene.acpiTables ?? {})) writeFileSync(join(folder, name), bytes);
  if (scene.deviceTree !== undefined) writeFileSync(join(folder, DEVICE_TREE), scene.deviceTree);
  const firmware = scene.uefi === true ? UEFI_FIRMWARE : 'none (device tree of QEMU)';
  const meta = {
    scenario: basename(folder),
    description: scene.description,
    kernel_release: release,
    qemu_version: qemu,
    ...(scene.arch === 'amd64' ? {} : { arch: scene.arch, firmware }),
    qemu_machine_args: scene.machine.join(' '),
    cpu: scene.cpu,
    cmdline,
    iommu: scene.iommu,
    setup_commands: scene.setup,
    commands_after: scene.after,
    ...(scene.acpiTables === undefined ? {} : { acpi_tables: Object.keys(scene.acpiTables) }),
    ...(scene.plugged === undefined ? {} : { plugged: scene.plugged }),
    requests: requests.length,
    answers: lines.length,
    complete: true,
  };
  writeFileSync(join(folder, 'meta.json'), `${JSON.stringify(meta, null, 1)}\n`);
}
