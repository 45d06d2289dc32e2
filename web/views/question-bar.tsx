/** What is changed against the machine as it is, always in sight: the kernel parameters, and the way back and forth. */
import type { SituationView } from '../protocol.ts';
import { NO_QUESTION, type Tab } from '../tab.ts';
import { iommuWords } from './boot-choice.tsx';
import { CopyButton } from './copy.tsx';
import { counted } from './counted.ts';

/** Shown from the first question on: what was taken back can be had again. */
export function QuestionBar({ tab }: { readonly tab: Tab }) {
  const asks = tab.asksSomething.value;
  const [past, future] = [tab.past.value.length, tab.future.value.length];
  if (!asks && past + future === 0) return null;
  return (
    <section class="question" aria-label="What is changed" aria-busy={tab.busy.value}>
      {asks ? <Asked tab={tab} /> : <AsItIs />}
      <span class="ways">
        <button type="button" class="quiet" aria-disabled={past === 0} onClick={() => tab.step('back')}>
          Undo
        </button>
        <button type="button" class="quiet" aria-disabled={future === 0} onClick={() => tab.step('forward')}>
          Redo
        </button>
        <button type="button" class="quiet" aria-disabled={!asks} onClick={() => asks && tab.ask(NO_QUESTION)}>
          As it is
        </button>
      </span>
    </section>
  );
}

const NONE = 'no kernel parameter to add';

function AsItIs() {
  return (
    <>
      <span class="what">
        <b>As it is:</b> <span role="status">nothing is changed</span>
      </span>
      <Parameters text={NONE} replaces="" />
    </>
  );
}

function Asked({ tab }: { readonly tab: Tab }) {
  const { kernel, iommu, cmdline, cpu, hostBridge, acs } = tab.question.value;
  const situation = tab.situation.value;
  // Until the first answer there is nothing to say but what was asked.
  const answered = situation?.before !== undefined;
  const parts = [
    ...(kernel === undefined ? [] : [`Linux ${kernel}`]),
    ...(iommu === undefined ? [] : [`IOMMU ${iommuWords(iommu)}`]),
    ...(cmdline === undefined ? [] : ['another command line']),
    ...(cpu === undefined ? [] : [cpu === 'zen' ? 'an AMD Zen processor' : 'a processor other than Zen']),
    ...(hostBridge === undefined ? [] : [`host bridges ${hostBridge}`]),
    ...(acs.length === 0 ? [] : [`ACS of ${counted(acs.length, 'port')}`]),
  ];
  return (
    <>
      <span class="what">
        <b>What if:</b> {parts.join(', ')}
        <span role="status">{answered && ` (${changeWords(situation)})`}</span>
      </span>
      <Parameters text={answered ? situation.parameters || NONE : '…'} replaces={answered ? situation.replaces : ''} />
      {answered && situation.parameters !== '' && (
        <CopyButton text={situation.parameters} label="the kernel parameters" />
      )}
      {answered && situation.tooLong !== undefined && <TooLong {...situation.tooLong} />}
    </>
  );
}

function changeWords({ changedPairs, otherAddresses }: SituationView): string {
  const addresses = otherAddresses === 0 ? '' : `, ${otherAddresses.toLocaleString('en')} with other addresses`;
  return `${changedPairs.toLocaleString('en')} pair${changedPairs === 1 ? '' : 's'} changed${addresses}`;
}

/** Kernels cut a command line that is too long, and the machine does not boot: said where it is copied. */
function TooLong({ sentence, shorter }: NonNullable<SituationView['tooLong']>) {
  return (
    <span class="too-long" role="status">
      <b aria-hidden="true">!</b> {sentence}
      {shorter !== undefined && (
        <>
          {' '}
          <code>{shorter}</code>{' '}
          <CopyButton text={shorter} label="the shorter kernel parameters" words="Copy shorter" />
        </>
      )}
    </span>
  );
}

function Parameters({ text, replaces }: { readonly text: string; readonly replaces: string }) {
  return (
    <code class="parameters" role="group" tabIndex={0} aria-label="Kernel parameters of this boot">
      {text}
      {replaces !== '' && <span class="replaces"> in place of {replaces}</span>}
    </code>
  );
}
