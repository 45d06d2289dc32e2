/** Where machines are opened: drop, paste, pick, or take an example. */
import { useState } from 'preact/hooks';
import { arrived, refusals } from '../state.ts';
import { Later } from './later.tsx';
import { openFiles, openText } from './open.ts';

/** The page to start from. */
export function StartView() {
  const [text, setText] = useState('');
  return (
    <main id="main" class="start" tabIndex={-1}>
      <section class="intro">
        <h2>Which PCIe devices can reach each other’s memory?</h2>
        <p>
          Drop a capture here and look: which pairs work, by which route, why not, and what would change it. Everything
          is worked out in this browser; no byte of it leaves your machine.
        </p>
      </section>
      {refusals.value.length > 0 && (
        <div class="notice bad" role="alert">
          {refusals.value.map((why) => (
            <p key={why}>{why}</p>
          ))}
        </div>
      )}
      <section class="open">
        <label class="drop">
          <input
            type="file"
            multiple
            onChange={(event) => {
              void openFiles([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = '';
            }}
          />
          <strong>Drop a file, or choose one</strong>
          <span>
            A capture archive (<code>peerpath capture</code>), <code>lspci -xxxx -vvv</code> output, a
            hwloc-gather-topology archive, a kernel log, a bug report, a machine description, or a scenario. Several
            files of one machine together are one.
          </span>
        </label>
        <form
          class="paste"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() !== '') void openText(text);
          }}
        >
          <label for="paste">Or paste lspci output</label>
          <textarea
            id="paste"
            rows={5}
            spellcheck={false}
            placeholder="00:00.0 Host bridge: …"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <button type="submit" disabled={text.trim() === ''}>
            Read it
          </button>
        </form>
      </section>
      {arrived.value && <Later draw={({ StartMore }) => <StartMore />} />}
    </main>
  );
}
