/** The steps of a scenario, in order: what was done and came of it, what is next, what is to come. */
import { useEffect, useRef } from 'preact/hooks';
import { type LabPlay, LISTED } from '../../lab-play.ts';
import type { StepCheck, StepResult, StepRow } from '../../lab-protocol.ts';

/** The list. */
export function StepList({ play }: { readonly play: LabPlay }) {
  const { from, rows } = play.listed.value;
  const { steps } = play.head;
  const taken = play.view.value?.taken ?? 0;
  const last = from + rows.length - 1;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const step = list.current?.querySelector('[aria-current]');
    if (step === null || step === undefined || list.current === null) return;
    bringIntoSight(list.current, step);
    if (list.current.contains(document.activeElement) && step instanceof HTMLElement)
      step.querySelector('button')?.focus({ preventScroll: true });
  }, [taken, rows]);
  return (
    <div class="steps" ref={list} role="group" aria-label="Steps">
      {steps > LISTED && rows.length > 0 && (
        <p class="cut">
          {steps.toLocaleString('en')} steps; {from.toLocaleString('en')} to {last.toLocaleString('en')} are listed.
        </p>
      )}
      {from > 1 && (
        <button type="button" class="more-steps" onClick={() => void play.list(from - LISTED / 2)}>
          Earlier steps
        </button>
      )}
      <ol start={from}>
        {rows.map((row) => (
          <Step key={row.number} row={row} play={play} taken={taken} />
        ))}
      </ol>
      {last < steps && rows.length > 0 && (
        <button type="button" class="more-steps" onClick={() => void play.list(last + LISTED / 2)}>
          Later steps
        </button>
      )}
    </div>
  );
}

function bringIntoSight(list: HTMLElement, step: Element): void {
  const [outer, inner] = [list.getBoundingClientRect(), step.getBoundingClientRect()];
  if (inner.top < outer.top + 8) list.scrollTop += inner.top - outer.top - 24;
  else if (inner.bottom > outer.bottom - 60)
    list.scrollTop += Math.min(inner.top - outer.top - 24, inner.bottom - outer.bottom + 90);
}

interface StepProps {
  readonly row: StepRow;
  readonly play: LabPlay;
  readonly taken: number;
}

function Step({ row, play, taken }: StepProps) {
  const { number, title, note, action } = row;
  const result = number <= taken ? row.result : undefined;
  const now = number === taken;
  const stands = now
    ? 'now'
    : number < taken
      ? 'taken'
      : number === taken + 1 && play.view.value?.state === 'running'
        ? 'next'
        : 'ahead';
  return (
    <li class={`step ${stands}`} aria-current={now ? 'step' : undefined} data-step={number}>
      <button
        type="button"
        tabIndex={now || (taken === 0 && number === 1) ? 0 : -1}
        title={`Go to step ${number}`}
        onClick={() => {
          play.pause();
          play.go(number);
        }}
      >
        <span class="step-number" aria-hidden="true">
          {number}
        </span>
        <StepMark number={number} result={result} />
        <span class="step-title">{title}</span>
        {stands === 'next' && <span class="tag">next</span>}
      </button>
      <div class="step-body">
        {note !== undefined && <p class="note">{note}</p>}
        {result !== undefined && <Result result={result} looks={action === 'expect'} />}
      </div>
    </li>
  );
}

function StepMark({ number, result }: { readonly number: number; readonly result: StepResult | undefined }) {
  const [kind, sign, words] = markOf(result);
  return (
    <span class={`step-mark ${kind}`}>
      <span aria-hidden="true">{sign}</span>
      <span class="unseen">
        {number}
        {words}
      </span>
    </span>
  );
}

/** Never by colour alone: each has a sign and a word. */
function markOf(result: StepResult | undefined): readonly [kind: string, sign: string | undefined, words: string] {
  if (result === undefined) return ['ahead', undefined, ', not taken'];
  if (!result.ok) return ['wrong', '✕', ', not as expected'];
  switch (result.mark) {
    case 'done':
      return ['good', '✓', ', done'];
    case 'waits':
      return ['halt', '…', ', waits as expected'];
    case 'failed':
    case 'stopped':
    case 'crashed':
    case 'unknown':
      return ['halt', '!', `, ${result.mark} as expected`];
  }
}

function Result({ result, looks }: { readonly result: StepResult; readonly looks: boolean }) {
  const { outcome, ok, facts, effects, warns, defects, checks } = result;
  return (
    <>
      {outcome !== undefined && (
        <p class={`outcome-line ${ok ? 'expected' : 'unexpected'}`}>
          {outcome}
          {ok && <span class="as-expected"> as expected</span>}
        </p>
      )}
      {facts.map((fact) => (
        <p key={fact} class="fact">
          {fact}
        </p>
      ))}
      {effects.map((effect, at) => (
        <p key={at} class="effect">
          <span aria-hidden="true">↳ </span>
          {effect}
        </p>
      ))}
      {warns.map((warn, at) => (
        <p key={at} class="warn-line">
          <b>WARN</b> {warn}
        </p>
      ))}
      {defects.length > 0 && (
        <p class="defect-line">
          <b>{defects.length === 1 ? 'Defect' : 'Defects'}</b> {defects.join(', ')}
        </p>
      )}
      {checks.length > 0 && (
        <ul class={`checks${looks ? ' many' : ''}`}>
          {checks.map((check) => (
            <Check key={check.what} check={check} />
          ))}
        </ul>
      )}
    </>
  );
}

function Check({ check: { what, expected, found, ok } }: { readonly check: StepCheck }) {
  return (
    <li class={ok ? 'holds' : 'fails'}>
      <span aria-hidden="true">{ok ? '✓' : '✕'}</span> <b>{what}</b>{' '}
      {ok ? expected : `expected ${expected}, found ${found}`}
    </li>
  );
}
