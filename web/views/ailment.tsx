/** One finding of the doctor: what is seen, what follows, what to do, and the devices it is about. */
import { useSignal } from '@preact/signals';
import type { AilmentView, TrialView } from '../protocol.ts';
import { announcement, showDevice } from '../state.ts';
import type { Tab } from '../tab.ts';
import { KindIcon } from './icons.tsx';
import { Blocks } from './sheet.tsx';

const FIRST_DEVICES = 8;
const MOST_DEVICES = 200;

/** A card. */
export function Ailment({ tab, ailment }: { readonly tab: Tab; readonly ailment: AilmentView }) {
  const { weight, section, pastes, trial, code } = ailment;
  const [seen, ...rest] = section.blocks;
  return (
    <li class={`ailment ${weight}`} data-code={code}>
      <h3>{section.title}</h3>
      {seen !== undefined && <Blocks blocks={[seen]} />}
      <Places tab={tab} devices={ailment.devices} />
      <div class="layer">
        <Blocks blocks={rest} />
      </div>
      {pastes.length > 0 && (
        <details open={pastes.every((block) => block.kind !== 'code' || block.lines.join().length < 100)}>
          <summary>Commands and parameters to copy</summary>
          <Blocks blocks={pastes} />
        </details>
      )}
      {trial !== undefined && (
        <button type="button" onClick={() => tryOut(tab, trial)}>
          Try it on the model
        </button>
      )}
    </li>
  );
}

/** The devices, each a way into the tree. */
function Places({ tab, devices }: { readonly tab: Tab; readonly devices: readonly number[] }) {
  const most = useSignal(FIRST_DEVICES);
  if (devices.length === 0) return null;
  return (
    <ul class="places" aria-label="Devices">
      {devices.slice(0, most.value).map((index) => {
        const fn = tab.fn(index);
        return fn === undefined ? null : (
          <li key={index}>
            <button type="button" class="place" title={fn.name} onClick={() => showDevice(tab, index, 'tree')}>
              <KindIcon kind={fn.kind} /> {fn.label === undefined ? fn.bdf : `${fn.label} ${fn.bdf}`}
            </button>
          </li>
        );
      })}
      {devices.length > most.value && most.value < MOST_DEVICES && (
        <li>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              most.value = MOST_DEVICES;
            }}
          >
            {devices.length - most.value} more
          </button>
        </li>
      )}
    </ul>
  );
}

function tryOut(tab: Tab, { iommu, acs }: TrialView): void {
  if (acs.length > 0) tab.setAcs(acs);
  if (iommu !== undefined) tab.ask({ ...tab.question.value, iommu });
  announcement.value = 'Changed on the model; what is found is worked out again.';
}
