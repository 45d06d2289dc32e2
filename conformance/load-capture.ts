/** The machine of a recording, read from one of the forms that describe it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ivhdEfrOfLogLine, known, type MachineCapture } from '../src/capture/index.ts';
import { readMachine } from '../src/node/index.ts';
import { readText } from './recording.ts';

/** Forms of input: the capture archive, the same unpacked, the lspci listing. */
export const INPUT_FORMS = ['archive', 'tree', 'lspci'] as const;

/** One of the forms. */
export type InputForm = (typeof INPUT_FORMS)[number];

/** Reads it. @throws Error with a sentence when it cannot be read. */
export async function loadCapture(folder: string, form: InputForm): Promise<MachineCapture> {
  const capture = await readForm(folder, form);
  const efr = capture.ivhdEfr.state === 'known' ? undefined : loggedEfr(folder);
  return efr === undefined ? capture : { ...capture, ivhdEfr: known(efr) };
}

async function readForm(folder: string, form: InputForm): Promise<MachineCapture> {
  const archive = join(folder, 'capture.tar.gz');
  if (form === 'archive') return read(archive);
  if (form === 'tree') return readTree(archive);
  const text = join(folder, 'lspci.txt');
  return read(existsSync(text) ? text : `${text}.gz`);
}

/** What the kernel log beside the capture says of AMD IOMMUs: captures of before did not take the ACPI table. */
function loggedEfr(folder: string): bigint | undefined {
  const log = readText(folder, 'dmesg.txt');
  return log
    ?.split('\n')
    .map(ivhdEfrOfLogLine)
    .find((efr) => efr !== undefined);
}

async function readTree(archive: string): Promise<MachineCapture> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    execFileSync('tar', ['-xzf', archive, '-C', folder]);
    return await read(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function read(path: string): Promise<MachineCapture> {
  const capture = await readMachine(path);
  if (!capture.ok) throw new Error(capture.error.text);
  return capture.value;
}
