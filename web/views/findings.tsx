/** What is odd about the machine or its input; each leads to its place. */
import { useSignal } from '@preact/signals';
import { showDevice } from '../state.ts';
import type { Tab } from '../tab.ts';

const MOST_SHOWN = 300;

/** All findings, the damage first. */
export function FindingsView({ tab }: { readonly tab: Tab }) {
  const filter = useSignal('');
  const { findings } = tab.machine.value;
  const words = filter.value.trim().toLowerCase();
  const found =
    words === ''
      ? findings
      : findings.filter((each) => `${each.where} ${each.text} ${each.code}`.toLowerCase().includes(words));
  const codes = new Map<string, number>();
  for (const { code } of found) codes.set(code, (codes.get(code) ?? 0) + 1);
  if (findings.length === 0)
    return (
      <section class="findings" aria-label="Findings">
        <p class="empty">Nothing is odd: the input was read whole, and addresses and bus numbers fit together.</p>
      </section>
    );
  return (
    <section class="findings" aria-label="Findings">
      <div class="tools">
        <input
          type="search"
          class="filter"
          placeholder="Filter findings"
          aria-label="Filter findings"
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
          }}
        />
        <span class="muted">
          {found.length} of {findings.length}, {codes.size} kind{codes.size === 1 ? '' : 's'}
        </span>
      </div>
      <ul class="finding-list">
        {found.slice(0, MOST_SHOWN).map((finding) => (
          <li key={`${finding.code} ${finding.where} ${finding.text}`} class={finding.severity}>
            <span class="severity">{finding.severity === 'damaged' ? '! damaged' : 'i notice'}</span>
            <span class="where">
              {finding.at >= 0 ? (
                <button type="button" class="link" onClick={() => showDevice(tab, finding.at, 'tree')}>
                  {finding.where}
                </button>
              ) : (
                finding.where
              )}
            </span>
            <span class="text">{finding.text}</span>
            <code>{finding.code}</code>
          </li>
        ))}
      </ul>
      {found.length > MOST_SHOWN && <p class="muted">{found.length - MOST_SHOWN} more; filter to see them.</p>}
    </section>
  );
}
