/** Where machines are opened: drop, paste, pick, or take an example. */
import { useState } from 'preact/hooks';
import { openExample, openScenario } from '../opening.ts';
import { MACHINE_CARDS } from '../shipped.ts';
import { refusals } from '../state.ts';
import { CopyBlock } from './copy.tsx';
import { openFiles, openText } from './open.ts';
import { ScenarioCards } from './scenario-list.tsx';

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
      <details class="how">
        <summary>How to get one</summary>
        <p>On the machine, as root, with nothing installed:</p>
        <CopyBlock text="sudo lspci -D -xxxx -vvv > lspci.txt; sudo dmesg > dmesg.txt" label="the commands" />
        <p>
          Drop both files together. With peerpath there, <code>sudo peerpath capture</code> takes all that matters in
          one archive; <code>peerpath capture --script</code> prints a shell script that does the same without Node.
        </p>
      </details>
      <section class="examples" aria-labelledby="examples">
        <h3 id="examples">Or look at an example</h3>
        <ul>
          {MACHINE_CARDS.map(([name, title, about]) => (
            <li key={name}>
              <button type="button" data-example={name} onClick={() => void openExample(name)}>
                <strong>{title}</strong>
                <span>{about}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section class="examples" aria-labelledby="scenarios">
        <h3 id="scenarios">Or play a scenario, packet by packet</h3>
        <ScenarioCards onPick={(name) => void openScenario(name)} />
      </section>
    </main>
  );
}
