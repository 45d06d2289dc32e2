/** Baselines in C: compiled when first needed, run as processes that time their own work. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from './figure.ts';

/** The C programs and the files they read, in a folder that goes away at the end. */
export class Native {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'peerpath-bench-'));
  readonly #programs = new Map<string, string | undefined>();

  /**
   * A run of `bench/native/NAME.c`; undefined without a C compiler. The working directory is the package's.
   * @param args command line of the program, which prints milliseconds and a hash
   */
  program(name: string, args: readonly (string | number)[]): (() => Run) | undefined {
    const program = this.#compile(name);
    if (program === undefined) return undefined;
    return () => {
      const { status, stdout, stderr } = spawnSync(program, args.map(String), { encoding: 'utf8' });
      const [ms = '', hash = ''] = stdout.trim().split(' ');
      if (status !== 0) throw new Error(`${name} ${args.join(' ')} failed: ${stderr}`);
      return { ms: Number(ms), hash };
    };
  }

  /** Writes a file for a program to read; gives its path. */
  file(name: string, contents: Uint8Array): string {
    const path = join(this.#folder, name);
    writeFileSync(path, contents);
    return path;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #compile(name: string): string | undefined {
    if (!this.#programs.has(name)) {
      const program = join(this.#folder, name);
      const source = join('bench', 'native', `${name}.c`);
      const { status, stderr, error } = spawnSync('cc', ['-O2', '-o', program, source], { encoding: 'utf8' });
      if (error === undefined && status !== 0) throw new Error(`cc refused ${source}:\n${stderr}`);
      this.#programs.set(name, error === undefined ? program : undefined);
    }
    return this.#programs.get(name);
  }
}

/** For the run of one command. */
export function withNative<T>(work: (native: Native) => T): T {
  const native = new Native();
  try {
    return work(native);
  } finally {
    native.close();
  }
}
