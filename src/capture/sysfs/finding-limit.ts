/** Collects findings, of each kind so many: a hostile input must not make millions. */
import type { Finding } from '../finding.ts';

const MAX_OF_A_KIND = 100;

/** Findings in order; those beyond the limit of their kind are counted only. */
export class FindingLimit {
  readonly #findings: Finding[] = [];
  readonly #counts = new Map<string, number>();

  add(finding: Finding): void {
    const count = (this.#counts.get(finding.code) ?? 0) + 1;
    this.#counts.set(finding.code, count);
    if (count <= MAX_OF_A_KIND) this.#findings.push(finding);
  }

  /** With a last one for each kind that has more. */
  all(): readonly Finding[] {
    const more = [...this.#counts].filter(([, count]) => count > MAX_OF_A_KIND);
    const summaries = more.map(([code, count]): Finding => {
      const severity = this.#findings.find((finding) => finding.code === code)?.severity ?? 'damaged';
      return { code, severity, where: 'and elsewhere', text: `${count - MAX_OF_A_KIND} more of this kind` };
    });
    return [...this.#findings, ...summaries];
  }
}
