/** Files of a folder that were not read: counted by reason, so that nothing is lost without a word. */
import type { Finding } from '../finding.ts';

/** Why a file was not read. */
export type WhyLeftOut = 'old-log' | 'compressed' | 'archive' | 'not-readable' | 'over-limit';

const REASONS: Record<WhyLeftOut, Pick<Finding, 'severity'> & { readonly why: string }> = {
  'old-log': {
    severity: 'notice',
    why: 'it is of an earlier boot or rotated away, by its name; give it alone to have it read',
  },
  compressed: { severity: 'notice', why: 'it is compressed, and does not unpack here; unpack it first' },
  archive: { severity: 'notice', why: 'it is an archive inside this one; give it alone to have it read' },
  'not-readable': { severity: 'damaged', why: 'it could not be read' },
  'over-limit': { severity: 'damaged', why: 'more was read before than any report holds, or it lies too deep' },
};

/** Counts them. */
export class LeftOut {
  readonly #counts = new Map<WhyLeftOut, { count: number; readonly first: string; readonly why: string }>();

  /** @param why words that say more than the reason does; those of the first file count */
  note(reason: WhyLeftOut, path: string, why: string = REASONS[reason].why): void {
    const before = this.#counts.get(reason);
    if (before === undefined) this.#counts.set(reason, { count: 1, first: path, why });
    else before.count++;
  }

  /** One for each reason. */
  findings(): Finding[] {
    return [...this.#counts].map(([reason, { count, first, why }]) => ({
      code: `file-left-out-${reason}`,
      severity: REASONS[reason].severity,
      where: first.slice(0, 200),
      text: `not read: ${why}${count === 1 ? '' : ` (and ${count - 1} more)`}`,
    }));
  }
}
