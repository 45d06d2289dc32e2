/** Puts the requests of a recording to the model, in order, and compares what comes back. */
import type { MachineCapture } from '../src/capture/index.ts';
import { ERRNO, formatKernelVersion, kernelAtLeast, kernelVersion, parseKernelRelease } from '../src/uapi/index.ts';
import { answerRequest } from './answer-request.ts';
import { compareAnswers, type Difference, Unknown } from './compare.ts';
import { ModelledMachine } from './modelled-machine.ts';
import type { Answer, Recording } from './recording.ts';
import { replayVfio } from './replay-vfio.ts';
import { parseRequest, type Request } from './request.ts';
import { ShapeChecker } from './shape-check.ts';

/** An answer that does not agree. */
export interface Failure {
  readonly n: number;
  readonly request: string;
  readonly differences: readonly Difference[];
}

/** What came of one scenario. */
export interface Replayed {
  readonly kernel: string;
  readonly passed: number;
  /** Of the passed ones: the input leaves the answer open, and the recorded one is possible. */
  readonly unknown: number;
  readonly failures: readonly Failure[];
  /** Passed answers, by number, whose success the flush timer decided. */
  readonly timed: readonly number[];
  /** Facts that the capture lacks, and where they were taken from. */
  readonly taken: readonly string[];
}

/** Which answers count. */
export interface ReplayOptions {
  /** Undefined: all kinds. Requests of other kinds are still made, as later ones depend on them. */
  readonly kinds?: ReadonlySet<string> | undefined;
}

/**
 * Milliseconds between two requests where `dma_iova_destroy` uses the flush queue, before 7.3: the emulated machines
 * were slow. Whether an address is free again may decide an errno there (a size smaller than the ranges).
 */
const REQUEST_MS = 2;

/** Replays one scenario. */
export function replay(recording: Recording, capture: MachineCapture, options: ReplayOptions = {}): Replayed {
  const version = parseKernelRelease(recording.release);
  if (version === undefined) throw new Error(`meta.json names no kernel release: ${recording.release}`);
  const machine = new ModelledMachine(capture, version, recording.answers);
  const shapes = new ShapeChecker(machine);
  const failures = countFailures(recording);
  const requestTakesTime = !kernelAtLeast(version, kernelVersion(7, 3));
  let passed = 0;
  let unknown = 0;
  const timed: number[] = [];
  for (const [index, recorded] of recording.answers.entries()) {
    if (requestTakesTime) machine.elapse(REQUEST_MS);
    const { differences, open, byTimer } = judge(recording, machine, shapes, recorded, index);
    if (options.kinds !== undefined && !options.kinds.has(String(recorded['op']))) continue;
    if (differences.length === 0) {
      passed++;
      if (open) unknown++;
      if (byTimer) timed.push(index);
    } else failures.push({ n: Number(recorded['n']), request: String(recorded['request']), differences });
  }
  const vfio = vfioResult(recording, machine, options);
  failures.push(...vfio.failures);
  passed += vfio.passed;
  return { kernel: formatKernelVersion(version), passed, unknown, failures, timed, taken: machine.taken };
}

/** The lines of the VFIO program, numbered behind the requests. */
function vfioResult(
  { vfioLines, answers }: Recording,
  machine: ModelledMachine,
  { kinds }: ReplayOptions,
): { readonly passed: number; readonly failures: readonly Failure[] } {
  const counts = (line: Answer): boolean => kinds === undefined || kinds.has(String(line['op']));
  const counted = vfioLines.filter(counts).length;
  if (counted === 0) return { passed: 0, failures: [] };
  const failures = replayVfio(vfioLines, machine)
    .filter(({ recorded }) => counts(recorded))
    .map(({ line, recorded, differences }) => {
      return { n: answers.length + line, request: `${recorded['op']}: ${recorded['case'] ?? ''}`, differences };
    });
  return { passed: counted - failures.length, failures };
}

/** A recording that lost lines must not pass. */
function countFailures({ answers, answerCount }: Recording): Failure[] {
  if (answerCount === undefined || answerCount === answers.length) return [];
  const differences = [{ field: 'answers', recorded: answers.length, model: answerCount }];
  return [{ n: -1, request: 'number of answers in meta.json', differences }];
}

interface Judgement {
  readonly differences: readonly Difference[];
  /** The model left a field open. */
  readonly open: boolean;
  /** The flush timer decided whether it succeeded. */
  readonly byTimer: boolean;
}

function judge(
  recording: Recording,
  machine: ModelledMachine,
  shapes: ShapeChecker,
  recorded: Answer,
  index: number,
): Judgement {
  const unanswered = (why: string): Judgement => {
    return {
      differences: [{ field: 'request', recorded: recorded['request'], model: why }],
      open: false,
      byTimer: false,
    };
  };
  const request = parseRequest(String(recorded['request']));
  if (request === undefined) return unanswered('not modelled');
  let model: Answer;
  try {
    model = { op: request.kind, ...answerRequest(machine, request) };
  } catch (error) {
    return unanswered(String(error));
  }
  const shapeOnly = isTranslatedMap(request, recorded) && recording.rules.shapeOnly(String(recorded['importer']));
  const skipped = recording.rules.skipped(index);
  const byTimer = recording.rules.shapeOnly(String(recorded['importer'])) && timerDecides(request, recorded, model);
  const left = byTimer ? new Set([...skipped, ...OUTCOME_FIELDS]) : skipped;
  const differences = compareAnswers(recorded, model, {
    skipped: left,
    shapeOnly,
    membersOnly: recording.rules.pluggedLater,
  });
  if (recorded['n'] !== index) differences.push({ field: 'n', recorded: recorded['n'], model: index });
  for (const complaint of shapeComplaints(shapes, request, recorded, shapeOnly)) {
    differences.push({ field: 'sg', recorded: complaint, model: 'an address the allocator could give' });
  }
  return { differences, open: Object.values(model).some((field) => field instanceof Unknown), byTimer };
}

/** What follows from success or failure. */
const OUTCOME_FIELDS: readonly string[] = [
  'errno',
  'how',
  'nents',
  'orig_nents',
  'sg',
  'page_fields_zero',
  'translates',
  'after_last',
  'x',
  'warns',
  'warn_count',
];

/**
 * A `size` smaller than the ranges links beyond its addresses: that fails with -ERANGE exactly if they are the topmost of
 * the aperture, and in lazy mode before 7.3 the flush timer decides which they are.
 */
function timerDecides(request: Request, recorded: Answer, model: Answer): boolean {
  if (request.kind !== 'map' || request.size === undefined) return false;
  const total = request.ranges.reduce((sum, { len, count }) => sum + len * BigInt(count), 0n);
  const outcomes = [recorded['errno'], model['errno']];
  return request.size < total && outcomes.includes(0) && outcomes.includes(-ERRNO.ERANGE);
}

function isTranslatedMap(request: Request, recorded: Answer): boolean {
  return request.kind === 'map' && (recorded['how'] === 'iova' || recorded['how'] === 'phys');
}

function shapeComplaints(shapes: ShapeChecker, request: Request, recorded: Answer, shapeOnly: boolean): string[] {
  if (request.kind === 'free') shapes.forget(request.slot);
  return request.kind === 'map' && shapeOnly ? shapes.checkMap(request, recorded) : [];
}
