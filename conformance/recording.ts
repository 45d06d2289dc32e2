/** A recorded scenario on disk. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type CompareRules, readCompareRules } from './compare-rules.ts';

/** One recorded answer: `n`, `request`, `op` and the fields of its kind. */
export type Answer = Readonly<Record<string, unknown>>;

/** A folder with answers and the capture they belong to. */
export interface Recording {
  readonly folder: string;
  /** Name of the folder, which rules of comparison use. */
  readonly name: string;
  readonly release: string;
  readonly firmware: string;
  /** Answers that the recorder says it wrote; undefined without `meta.json`. */
  readonly answerCount: number | undefined;
  readonly answers: readonly Answer[];
  /** What a program got from the VFIO interface after the requests; empty without `vfio.jsonl`. */
  readonly vfioLines: readonly Answer[];
  readonly rules: CompareRules;
}

const ANSWERS = 'answers.jsonl';
const VFIO_LINES = 'vfio.jsonl';

/** All scenario folders at or below a folder, in order of their names. */
export function findScenarios(folder: string): string[] {
  if (readableName(folder, ANSWERS) !== undefined) return [folder];
  const inner = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory());
  return inner.sort().flatMap(findScenarios);
}

/** Reads a scenario. Throws with a sentence when a file cannot be used. */
export function readRecording(folder: string): Recording {
  const meta = readMeta(folder);
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  return {
    folder,
    name,
    release: String(meta['kernel_release'] ?? ''),
    firmware: String(meta['firmware'] ?? ''),
    answerCount: typeof meta['answers'] === 'number' ? meta['answers'] : undefined,
    answers: readLines(folder, ANSWERS),
    vfioLines: readLines(folder, VFIO_LINES),
    rules: readCompareRules(nearestRules(folder), name),
  };
}

function readMeta(folder: string): Answer {
  const path = join(folder, 'meta.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Answer) : {};
}

/** The text of a file of a recording, plain or as NAME.gz; undefined where it has none. */
export function readText(folder: string, name: string): string | undefined {
  const path = readableName(folder, name);
  if (path === undefined) return undefined;
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

function readableName(folder: string, name: string): string | undefined {
  return [name, `${name}.gz`].map((file) => join(folder, file)).find(existsSync);
}

function readLines(folder: string, name: string): Answer[] {
  return (readText(folder, name) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Answer);
}

/** The `compare.json` beside the scenario or in the nearest folder above. */
function nearestRules(folder: string): unknown {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'compare.json');
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
    if (dirname(at) === at) return { rules: [] };
  }
}
