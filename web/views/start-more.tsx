/** The lower part of the page to start from: a live example, how to get a capture, and all that comes with the page. */
import captureScript from '../../assets/capture.sh?raw';
import { openExample, openScenario } from '../opening.ts';
import { MACHINE_CARDS, SCENARIO_CARDS } from '../shipped.ts';
import { CopyBlock } from './copy.tsx';
import { LiveExample } from './live-example.tsx';
import { ScenarioCards } from './scenario-list.tsx';

/** Below the fields to open something with. */
export function StartMore() {
  return (
    <>
      <HowToCapture />
      <LiveExample />
      <section class="examples compact" aria-labelledby="examples">
        <h3 id="examples">Machines to look at</h3>
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
      <details class="examples compact">
        <summary>{SCENARIO_CARDS.length} scenarios to play, packet by packet</summary>
        <ScenarioCards onPick={(name) => void openScenario(name)} />
      </details>
    </>
  );
}

const LSPCI = 'sudo lspci -D -xxxx -vvv > lspci.txt; sudo dmesg > dmesg.txt';

/** Three ways, the one that needs nothing first. */
function HowToCapture() {
  return (
    <section class="how" aria-labelledby="how">
      <h3 id="how">How to get a capture</h3>
      <ul>
        <li>
          <p>
            <b>With nothing installed.</b> On the machine, as root; then drop both files here together.
          </p>
          <CopyBlock text={LSPCI} label="the commands" />
        </li>
        <li>
          <p>
            <b>All that matters, in one archive.</b> A shell script that reads and changes nothing; no Node is needed
            there.{' '}
            <button type="button" class="link" onClick={() => save('capture.sh', captureScript)}>
              Save capture.sh
            </button>
          </p>
          <CopyBlock text="sudo sh capture.sh > machine.tar.gz" label="the command" />
        </li>
        <li>
          <p>
            <b>Where peerpath is.</b> The same archive, or this page with that machine on it.
          </p>
          <CopyBlock text="sudo peerpath capture machine.tar.gz" label="the command" />
        </li>
      </ul>
    </section>
  );
}

/** Gives people a file. */
function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
