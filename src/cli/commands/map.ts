/** `peerpath map PROVIDER:BAR IMPORTER`: the table as the importer would get it. */
import { answerMapping, type BarRange, barMemory, type MapQuestion, type MapVariant } from '../../answers/index.ts';
import type { Situation } from '../../diagnose/index.ts';
import { mapJson, mapText } from '../../report/index.ts';
import { formatKernelVersion, kernelAtLeast, kernelVersion } from '../../uapi/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { parseBar, parseRange } from '../numbers.ts';
import { type MachineOptions, type OpenMachine, openMachine, pickFunction } from '../open-machine.ts';
import { printJson, printText, terminalPaint } from '../output.ts';

/** Options of `map` and `trace` beside those of the machine. */
export interface MapOptions extends MachineOptions {
  readonly range?: readonly string[];
  readonly dmaMask?: string;
}

/** A machine and a request for a table. */
export interface PreparedMap extends OpenMachine {
  readonly situation: Situation;
  readonly question: MapQuestion;
  /** Another request under the same settings. @throws UsageError */
  readonly ask: (memory: string, importer: string, ranges: readonly BarRange[]) => MapQuestion;
}

/** Prints the table, or the errno with the step that failed. */
export async function mapCommand(
  memory: string,
  importer: string,
  source: string | undefined,
  options: MapOptions,
): Promise<void> {
  const { situation, question, names } = await prepareMap(memory, importer, source, options);
  const answer = answerMapping(situation, question);
  if (options.json === true) printJson(mapJson(situation.machine, answer));
  else printText(mapText(situation.machine, answer, names, terminalPaint()));
  const { result } = answer;
  process.exitCode =
    result.state === 'unknown' ? EXIT.unknown : result.outcome.outcome === 'mapped' ? EXIT.answered : EXIT.no;
}

/** Reads the command line of `map`, all of it, before anything is answered. @throws UsageError */
export async function prepareMap(
  memory: string,
  importer: string,
  source: string | undefined,
  options: MapOptions,
): Promise<PreparedMap> {
  const maskBits = parseMask(options.dmaMask);
  const variant: MapVariant = options.kernel === 'intended' || options.kernel === 'v8' ? options.kernel : 'release';
  const machine = await openMachine(
    source,
    variant === 'release' ? options : { ...options, kernel: VARIANT_KERNEL[variant] },
  );
  const { situation } = machine.analysis;
  const { kernel } = situation.machine;
  if (!kernelAtLeast(kernel, kernelVersion(6, 19))) {
    throw new UsageError(
      `Linux ${formatKernelVersion(kernel)} has no dma_buf_phys_vec_to_sgt, which came with 6.19; ask with --kernel 6.19 or later`,
    );
  }
  const ask = (memoryText: string, importerText: string, ranges: readonly BarRange[]): MapQuestion => {
    const { device, bar } = parseBar(memoryText);
    const checked = barMemory(pickFunction(machine, device), bar, ranges);
    if (!checked.ok) throw new UsageError(checked.error);
    return { memory: checked.value, importer: pickFunction(machine, importerText), variant, maskBits };
  };
  return { ...machine, situation, question: ask(memory, importer, (options.range ?? []).map(parseRange)), ask };
}

/** The release whose other rules go with a variant of the routine. */
const VARIANT_KERNEL = { intended: '7.3', v8: '6.19' } as const;

function parseMask(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bits = Number(text);
  if (!Number.isInteger(bits) || bits < 1 || bits > 64) {
    throw new UsageError(`--dma-mask ${text}: a number of bits from 1 to 64, for example 32 or 64`);
  }
  return bits;
}
