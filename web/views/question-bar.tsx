/** What is changed against the machine as it is, always in sight: the kernel parameters, and the way back. */
import { NO_QUESTION, type Tab } from '../tab.ts';
import { CopyButton } from './copy.tsx';

/** Shown while a question is asked. */
export function QuestionBar({ tab }: { readonly tab: Tab }) {
  const situation = tab.situation.value;
  const { kernel, iommu, acs } = tab.question.value;
  // With the first answer: until then there is nothing to say but what was asked.
  if (!tab.asksSomething.value || situation?.before === undefined) return null;
  const parts = [
    ...(kernel === undefined ? [] : [`Linux ${kernel}`]),
    ...(iommu === undefined ? [] : [`IOMMU ${iommu}`]),
    ...(acs.length === 0 ? [] : [`ACS of ${acs.length} port${acs.length === 1 ? '' : 's'}`]),
  ];
  return (
    <section class="question" aria-label="What is changed" aria-busy={tab.busy.value}>
      <span class="what">
        <b>What if:</b> {parts.join(', ')}
        <span role="status">
          {' '}
          ({situation.changedPairs.toLocaleString('en')} pair{situation.changedPairs === 1 ? '' : 's'} changed)
        </span>
      </span>
      <code class="parameters" role="group" tabIndex={0} aria-label="Kernel parameters of this boot">
        {situation.parameters === '' ? 'no kernel parameter to add' : situation.parameters}
        {situation.replaces !== '' && <span class="replaces"> in place of {situation.replaces}</span>}
      </code>
      {situation.parameters !== '' && <CopyButton text={situation.parameters} label="the kernel parameters" />}
      <button type="button" class="quiet" disabled={tab.past.value.length === 0} onClick={() => tab.step('back')}>
        Undo
      </button>
      <button type="button" class="quiet" disabled={tab.future.value.length === 0} onClick={() => tab.step('forward')}>
        Redo
      </button>
      <button type="button" class="quiet" onClick={() => tab.ask(NO_QUESTION)}>
        As it is
      </button>
    </section>
  );
}
