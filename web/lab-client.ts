/**
 * Workers that read descriptions of machines and play scenarios. Their code is a file of its own, loaded when the first of
 * them is opened: a page that shows a capture needs none of it.
 */
import { Client } from './client.ts';
import type { LabRequests } from './lab-protocol.ts';
import type { OpenInput, Requests } from './protocol.ts';

/** Asks a worker that knows machines, descriptions and scenarios. */
export type LabClient = Client<Requests & LabRequests>;

declare global {
  var peerpathLab: string | undefined;
}

/** The code, once somebody asked for it. */
const script: { code: Promise<string> | undefined } = { code: undefined };

/** Starts a worker. @throws where its file is missing. */
export async function labClient(): Promise<LabClient> {
  script.code ??= load();
  const code = await script.code;
  const address = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  try {
    return new Client<Requests & LabRequests>(new Worker(address));
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** A script, since a page from disk can load nothing else. */
function load(): Promise<string> {
  return new Promise((done, failed) => {
    const element = document.createElement('script');
    const missing = (): void => {
      script.code = undefined;
      failed(new Error('The file lab.js, which stands beside the page, cannot be read.'));
    };
    element.src = './lab.js';
    element.addEventListener('error', missing);
    element.addEventListener('load', () => {
      if (globalThis.peerpathLab === undefined) missing();
      else done(globalThis.peerpathLab);
    });
    document.head.append(element);
  });
}

/** Names of the shipped scenarios that a machine can play. */
export async function fittingScenarios(input: OpenInput): Promise<readonly string[]> {
  const client = await labClient();
  try {
    return await client.ask('fitting', input);
  } finally {
    client.end();
  }
}
