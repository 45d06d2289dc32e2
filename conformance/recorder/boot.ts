/** Boots a machine in QEMU and takes what it says. */
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ARCHES, type Arch } from './arch.ts';
import { Unavailable } from './packages.ts';

/** A machine and its kernel. */
export interface Boot {
  readonly arch: Arch;
  /** The program and its first arguments: `qemu-system-x86_64`, or one that was unpacked. */
  readonly qemu: readonly string[];
  /** All arguments but kernel, file system and console. */
  readonly machine: readonly string[];
  /** Files that they name. */
  readonly files?: Readonly<Record<string, Uint8Array>> | undefined;
  readonly kernel: string;
  readonly initramfs: readonly Uint8Array[];
  readonly cmdline: string;
  /** Devices that are plugged in one by one, each when the guest asks for the next ({@link PLUG_NEXT}). */
  readonly plugged?: readonly string[] | undefined;
  /** Seconds until it is given up. */
  readonly limit: number;
}

/** Sections by name, in bytes. */
export interface Booted {
  readonly sections: ReadonlyMap<string, Buffer>;
  /** The guest said that it was done. */
  readonly done: boolean;
  /** The end of what it printed, for messages. */
  readonly console: string;
}

/** What the guest says, on a line of its own, when it wants the next device plugged in. */
export const PLUG_NEXT = '@@PLUG';
const LOOK_EVERY_MS = 200;

/** The QEMU of the host. @throws Unavailable where there is none */
export function hostQemu(arch: Arch): readonly string[] {
  const { qemu, qemuPackage } = ARCHES[arch];
  const command = [qemu];
  if (qemuVersion(command) === undefined) throw new Unavailable(`${qemu} is not installed (Debian: ${qemuPackage})`);
  return command;
}

/** The first line of `--version`; undefined where it does not run. */
export function qemuVersion([program = '', ...args]: readonly string[]): string | undefined {
  const run = spawnSync(program, [...args, '--version'], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.split('\n')[0] : undefined;
}

/** How the processor is run: hardware virtualization where it is there and allowed, else emulated. */
export function accelerator(arch: Arch): 'kvm' | 'tcg' {
  if (process.arch !== (arch === 'arm64' ? 'arm64' : 'x64')) return 'tcg';
  if (process.env['PEERPATH_RECORDER_ACCEL'] === 'tcg') return 'tcg';
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return 'kvm';
  } catch {
    return 'tcg';
  }
}

/** An emulated timer that is late under load; the kernel then gives up at once. */
const LATE_TIMER = "timer doesn't work";
const TRIES = 4;

/** What QEMU says where the hardware's virtualization cannot run the machine (one virtual machine in another, say). */
const NO_KVM = /KVM internal error|failed to initialize kvm|Could not access KVM/;
let kvmWorks = true;

/** Boots, again where the emulated timer came too late, or where the hardware cannot run the machine: then emulated. */
export async function boot(machine: Boot): Promise<Booted> {
  for (let n = 1; ; n++) {
    const words = machine.machine.map((word) => (kvmWorks ? word : word.replace('accel=kvm', 'accel=tcg')));
    const booted = await bootOnce({ ...machine, machine: words });
    const withoutKvm = kvmWorks && NO_KVM.test(booted.console);
    if (withoutKvm) kvmWorks = false;
    if (booted.done || n === TRIES || !(withoutKvm || booted.console.includes(LATE_TIMER))) return booted;
  }
}

/** How what the guest's module writes gets into a file: through a debug port, or by semihosting to standard output. */
const OUTPUT: Readonly<Record<Arch, (file: string) => readonly string[]>> = {
  amd64: (file) => ['-chardev', `file,id=dbg,path=${file}`, '-device', 'isa-debugcon,iobase=0xe9,chardev=dbg'],
  arm64: () => ['-semihosting-config', 'enable=on,target=native'],
};

async function bootOnce(boot: Boot): Promise<Booted> {
  const { arch, qemu, machine, files = {}, kernel, initramfs, cmdline, plugged = [], limit } = boot;
  const folder = mkdtempSync(join(tmpdir(), 'peerpath-boot-'));
  const at = (name: string): string => join(folder, name);
  try {
    writeFileSync(at('initrd'), Buffer.concat(initramfs));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(at(name), bytes);
    const [program = '', ...first] = qemu;
    const args = [
      ...first,
      ...machine,
      ...['-kernel', kernel, '-initrd', at('initrd'), '-append', cmdline, '-serial', `file:${at('serial')}`],
      ...OUTPUT[arch](at('out')),
      ...(plugged.length > 0 ? ['-monitor', 'stdio'] : []),
    ];
    const stdout = arch === 'arm64' ? openSync(at('out'), 'w') : 'pipe';
    const said = await runFor(program, args, { cwd: folder, stdout, limit }, (type) =>
      plugInto(at('out'), plugged, type),
    );
    if (stdout !== 'pipe') closeSync(stdout);
    const out = existsSync(at('out')) ? readFileSync(at('out')) : Buffer.alloc(0);
    const serial = existsSync(at('serial')) ? readFileSync(at('serial'), 'utf8') : '';
    const kvm = NO_KVM.exec(said)?.[0] ?? '';
    const words = `${said}\n${serial}`
      .split('\n')
      .filter((line) => !/warning: (?:TCG|host) doesn't support/.test(line));
    return { ...sectionsOf(out), console: `${words.join('\n').trim().slice(-2500)}${kvm}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Types `device_add` for each device that the guest asks for. @returns what ends the watch */
function plugInto(out: string, plugged: readonly string[], type: (line: string) => void): () => void {
  if (plugged.length === 0) return () => {};
  let given = 0;
  const watch = setInterval(() => {
    const asked = existsSync(out) ? readFileSync(out, 'latin1').split(`${PLUG_NEXT}\n`).length - 1 : 0;
    for (; given < asked && given < plugged.length; given++) type(`device_add ${plugged[given]}\n`);
    if (given === plugged.length) clearInterval(watch);
  }, LOOK_EVERY_MS);
  return () => clearInterval(watch);
}

function runFor(
  program: string,
  args: readonly string[],
  { cwd, stdout, limit }: { readonly cwd: string; readonly stdout: 'pipe' | number; readonly limit: number },
  started: (type: (line: string) => void) => () => void,
): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ['pipe', stdout, 'pipe'] });
    const stop = started((line) => child.stdin?.write(line));
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        said += String(chunk);
        // QEMU would stand still and wait for a debugger.
        if (NO_KVM.test(said)) child.kill('SIGKILL');
      });
    }
    const timer = setTimeout(() => {
      said += `\n[given up after ${limit} s]`;
      child.kill('SIGKILL');
    }, limit * 1000);
    const end = (words = ''): void => {
      clearTimeout(timer);
      stop();
      resolve(said + words);
    };
    child.on('error', (error) => end(error.message));
    child.on('close', () => end());
  });
}

/** `@@BEGIN NAME`, bytes, `@@END NAME`. */
function sectionsOf(out: Buffer): Pick<Booted, 'sections' | 'done'> {
  const sections = new Map<string, Buffer>();
  for (let at = 0; ; ) {
    const begin = out.indexOf('@@BEGIN ', at);
    if (begin < 0) return { sections, done: out.includes('@@DONE') };
    const start = out.indexOf('\n', begin) + 1;
    const name = out.toString('latin1', begin + 8, start - 1);
    const end = out.indexOf(`@@END ${name}\n`, start);
    const body = out.subarray(start, end < 0 ? out.length : end);
    sections.set(name, name !== 'answers' && body.at(-1) === 0x0a ? body.subarray(0, -1) : body);
    if (end < 0) return { sections, done: false };
    at = end;
  }
}
