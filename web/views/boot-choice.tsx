/** Another boot of the machine: which kernel, and which IOMMU mode. */
import type { IommuMode } from '../../src/diagnose/index.ts';
import type { Tab } from '../tab.ts';

const MODES: readonly (readonly [IommuMode | undefined, string])[] = [
  [undefined, 'as it is'],
  ['off', 'off'],
  ['pt', 'pass-through'],
  ['dma', 'translate, strict'],
  ['dma-fq', 'translate, lazy'],
];

/** What a mode is called where it is chosen. */
export function iommuWords(mode: IommuMode): string {
  return MODES.find(([each]) => each === mode)?.[1] ?? mode;
}

/** Releases in which rules changed, oldest first. */
const RELEASES = [
  '4.19',
  '4.20',
  '5.2',
  '5.4',
  '5.9',
  '5.15',
  '6.1',
  '6.6',
  '6.12',
  '6.18',
  '6.19',
  '7.0',
  '7.1',
  '7.2',
  '7.3',
];

/** The IOMMU mode of a question, all modes in sight. */
export function IommuChoice({ tab }: { readonly tab: Tab }) {
  const question = tab.question.value;
  return (
    <fieldset>
      <legend>IOMMU at boot</legend>
      {MODES.map(([mode, words]) => (
        <label key={words} class="choice">
          <input
            type="radio"
            name="iommu"
            checked={question.iommu === mode}
            onChange={() => tab.ask({ ...question, iommu: mode })}
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}

/** The same in one line. */
export function IommuSelect({ tab }: { readonly tab: Tab }) {
  const question = tab.question.value;
  return (
    <label class="iommu">
      IOMMU{' '}
      <select
        value={question.iommu ?? ''}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          tab.ask({ ...question, iommu: MODES.find(([mode]) => mode === chosen)?.[0] });
        }}
      >
        {MODES.map(([mode, words]) => (
          <option key={words} value={mode ?? ''}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The kernel of a question. */
export function KernelChoice({ tab }: { readonly tab: Tab }) {
  const question = tab.question.value;
  return (
    <label class="kernel">
      Kernel{' '}
      <select
        value={question.kernel ?? ''}
        onChange={(event) => {
          const kernel = event.currentTarget.value;
          tab.ask({ ...question, kernel: kernel === '' ? undefined : kernel });
        }}
      >
        <option value="">as it is ({tab.machine.value.kernel})</option>
        {[...new Set([...RELEASES, ...(question.kernel === undefined ? [] : [question.kernel])])].map((release) => (
          <option key={release} value={release}>
            {release}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What people type of a boot and of a machine, and the input may not tell. */
export function TypedChoices({ tab }: { readonly tab: Tab }) {
  const question = tab.question.value;
  const asked = question.cmdline !== undefined || question.cpu !== undefined || question.hostBridge !== undefined;
  return (
    <details class="typed" open={asked}>
      <summary>Command line, processor, host bridge</summary>
      <label class="cmdline">
        Boot with this kernel command line
        <textarea
          rows={2}
          spellcheck={false}
          placeholder={tab.machine.value.cmdline ?? 'root=/dev/sda1 intel_iommu=on …'}
          value={question.cmdline ?? ''}
          onChange={(event) => {
            const cmdline = event.currentTarget.value.trim();
            tab.ask({ ...question, cmdline: cmdline === '' ? undefined : cmdline });
          }}
        />
      </label>
      <label>
        Processor{' '}
        <select
          value={question.cpu ?? ''}
          onChange={(event) => {
            const cpu = event.currentTarget.value;
            tab.ask({ ...question, cpu: cpu === 'zen' || cpu === 'other' ? cpu : undefined });
          }}
        >
          <option value="">as the input tells</option>
          <option value="zen">AMD Zen</option>
          <option value="other">another</option>
        </select>
      </label>
      <label>
        Host bridges are{' '}
        <input
          type="text"
          class="ids"
          size={10}
          spellcheck={false}
          placeholder="8086:09a2"
          pattern="[0-9a-fA-F]{4}:[0-9a-fA-F]{4}"
          value={question.hostBridge ?? ''}
          onChange={(event) => {
            const ids = event.currentTarget.value.trim().toLowerCase();
            if (ids === '' || /^[0-9a-f]{4}:[0-9a-f]{4}$/.test(ids))
              tab.ask({ ...question, hostBridge: ids === '' ? undefined : ids });
          }}
        />
      </label>
    </details>
  );
}
