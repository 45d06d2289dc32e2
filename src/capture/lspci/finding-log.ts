/** Collects what was odd in an input, without letting a badly damaged one produce a finding for each of its lines. */
import type { Finding } from '../finding.ts';

/** Findings with one code that are kept with their place; the rest are counted. */
const KEPT_PER_CODE = 20;

/** The findings of one reading. */
export class FindingLog {
  readonly #kept: Finding[] = [];
  readonly #counts = new Map<string, { count: number; last: Finding }>();

  /** Notes one finding. */
  add(finding: Finding): void {
    const entry = this.#counts.get(finding.code) ?? { count: 0, last: finding };
    entry.count++;
    entry.last = finding;
    this.#counts.set(finding.code, entry);
    if (entry.count <= KEPT_PER_CODE) this.#kept.push(finding);
  }

  /** Notes that something is wrong with line `line` (from 1). */
  addLine(line: number, severity: Finding['severity'], code: string, text: string): void {
    this.add({ code, severity, where: `line ${line}`, text });
  }

  /** All findings, in order of their places; codes seen too often end with how many more there were. */
  all(): Finding[] {
    const more: Finding[] = [];
    for (const { count, last } of this.#counts.values()) {
      if (count <= KEPT_PER_CODE) continue;
      const text = `${last.text}; the last of ${count - KEPT_PER_CODE} more places like this`;
      more.push({ ...last, text });
    }
    return [...this.#kept, ...more];
  }
}
