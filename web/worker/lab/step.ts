/** Steps of a scenario in words. */
import { printable } from '../../../src/base/index.ts';
import { eventFacts, type Lab, type LabEvent, outcomeText, type Step, stepTitle } from '../../../src/lab/index.ts';
import type { StepResult, StepRow } from '../../lab-protocol.ts';

/** Longer texts are cut: a file may hold what it likes. */
const MOST_TEXT = 1200;
const MOST_LINES = 40;

/** One step as the list shows it. */
export function stepRow(step: Step, number: number, result: StepResult | undefined): StepRow {
  return {
    number,
    action: step.action,
    title: clipped(stepTitle(step)),
    note: step.note === undefined ? undefined : clipped(step.note),
    result,
  };
}

/** What came of it. */
export function stepResult(lab: Lab, event: LabEvent): StepResult {
  const { outcome, ok, effects, warns, defects, checks, step } = event;
  const looks = step.action === 'expect';
  return {
    mark: outcome.kind,
    ok,
    outcome: outcome.kind === 'done' ? undefined : clipped(outcomeText(outcome)),
    facts: lines(eventFacts(lab, event)),
    effects: lines(effects),
    warns: looks ? [] : lines(warns),
    defects: looks ? [] : lines(defects),
    checks: checks.map(({ what, expected, found, ok: holds }) => ({
      what,
      expected: clipped(expected),
      found: clipped(found),
      ok: holds,
    })),
  };
}

function lines(texts: readonly string[]): string[] {
  const shown = texts.slice(0, MOST_LINES).map(clipped);
  return texts.length > MOST_LINES ? [...shown, `… and ${texts.length - MOST_LINES} more`] : shown;
}

/** Text of an input, without what would move or hide other text, and not too much of it. */
export function clipped(text: string): string {
  return printable(text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text);
}
