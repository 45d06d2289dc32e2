/** Firefox as distributions ship it, driven by WebDriver BiDi. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, firefox } from 'playwright-core';

const PATHS = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

/** Where Firefox is on this machine. */
export function findFirefox(): string | undefined {
  return [process.env['FIREFOX'] ?? '', ...PATHS].find((path) => existsSync(path));
}

/** Starts Firefox. Colour schemes and the like stay as they are in it: it cannot be told to prefer others. @throws where there is none */
export async function launchFirefox(): Promise<Browser> {
  const executablePath = findFirefox();
  if (executablePath === undefined)
    throw new Error(
      'These tests need Firefox: install it ("apt-get install firefox-esr"), or say where it is: FIREFOX=/path.',
    );
  answerForFirefox();
  return firefox.launch({ executablePath, channel: 'moz-firefox' });
}

interface Socket {
  send: (this: Socket, data: unknown, ...rest: unknown[]) => void;
  emit: (name: string, ...values: unknown[]) => void;
}

/** The command that sets what pages may prefer; releases of 2026 do not know it, and every context begins with it. */
const UNKNOWN = '"emulation.setMediaFeaturesOverride"';

/** Answers for Firefox what it does not know. */
function answerForFirefox(): void {
  const { ws } = createRequire(import.meta.url)('playwright-core/lib/utilsBundle') as { ws: { prototype: Socket } };
  const { send } = ws.prototype;
  if (send.name === 'answering') return;
  ws.prototype.send = function answering(data, ...rest) {
    const text = String(data);
    if (!text.includes(UNKNOWN)) return Reflect.apply(send, this, [data, ...rest]);
    const { id } = JSON.parse(text) as { id: number };
    const reply = Buffer.from(JSON.stringify({ type: 'success', id, result: {} }));
    setImmediate(() => this.emit('message', reply, false));
  };
}
