/** What is changed against the machine as it is, always in sight: the kernel parameters, and the way back. */
import type { SituationView } from '../protocol.ts';
import { NO_QUESTION, type Tab } from '../tab.ts';
import { iommuWords } from './boot-choice.tsx';
import { CopyButton } from './copy.tsx';
import { counted } from './counted.ts';
import { useKeptFocus } from './kept-focus.ts';

/** Shown while a question is asked. */
export function QuestionBar({ tab }: { readonly tab: Tab }) {
  const situation = tab.situation.value;
  // With the first answer: until then there is nothing to say but what was asked.
  if (!tab.asksSomething.value || situation?.before === undefined) return null;
  return <Bar tab={tab} situation={situation} />;
}

function Bar({ tab, situation }: { readonly tab: Tab; readonly situation: SituationView }) {
  const element = useKeptFocus<HTMLElement>('#main');
  const { kernel, iommu, acs } = tab.question.value;
  const parts = [
    ...(kernel === undefined ? [] : [`Linux ${kernel}`]),
    ...(iommu === undefined ? [] : [`IOMMU ${iommuWords(iommu)}`]),
    ...(acs.length === 0 ? [] : [`ACS of ${counted(acs.length, 'port')}`]),
  ];
  return (
    <section ref={element} class="question" aria-label="What is changed" aria-busy={tab.busy.value}>
      <span class="what">
        <b>What if:</b> {parts.join(', ')}
        <span role="status"> ({counted(situation.changedPairs, 'pair')} changed)</span>
      </span>
      <code class="parameters" role="group" tabIndex={0} aria-label="Kernel parameters of this boot">
        {situation.parameters === '' ? 'no kernel parameter to add' : situation.parameters}
        {situation.replaces !== '' && <span class="replaces"> in place of {situation.replaces}</span>}
      </code>
      {situation.parameters !== '' && <CopyButton text={situation.parameters} label="the kernel parameters" />}
      <button type="button" class="quiet" aria-disabled={tab.past.value.length === 0} onClick={() => tab.step('back')}>
        Undo
      </button>
      <button
        type="button"
        class="quiet"
        aria-disabled={tab.future.value.length === 0}
        onClick={() => tab.step('forward')}
      >
        Redo
      </button>
      <button type="button" class="quiet" onClick={() => tab.ask(NO_QUESTION)}>
        As it is
      </button>
    </section>
  );
}
