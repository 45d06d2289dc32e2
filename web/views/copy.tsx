/** Text to be copied, with a button that does it. */
import { useSignal } from '@preact/signals';
import { announcement } from '../state.ts';

/** Commands or parameters. */
export function CopyBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div class="copy">
      <pre>{text}</pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}

interface CopyProps {
  /** What is copied: as it is when the button is pressed. */
  readonly text: string | (() => string);
  /** What it is, for those who do not see it. */
  readonly label: string;
  readonly words?: string;
}

/** A button that copies. */
export function CopyButton({ text, label, words = 'Copy' }: CopyProps) {
  const done = useSignal(false);
  return (
    <button
      type="button"
      class="quiet copy-button"
      aria-label={`${words} ${label}`}
      onClick={() => {
        void copy(typeof text === 'string' ? text : text()).then(() => {
          done.value = true;
          announcement.value = `${label} copied.`;
          setTimeout(() => {
            done.value = false;
          }, 1600);
        });
      }}
    >
      {done.value ? 'Copied' : words}
    </button>
  );
}

/** Pages from disk may have no clipboard interface; then the text is selected and copied the old way. */
async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'unseen';
    document.body.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
}
