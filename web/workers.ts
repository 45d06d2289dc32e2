/**
 * Workers, by what they know. The first view has one that reads captures; descriptions of machines and scenarios, and
 * texts of every form, are each read by code in a file of its own, which is loaded when somebody brings one.
 */
import { Client } from './client.ts';
import type { LabRequests } from './lab-protocol.ts';
import type { OpenInput, Requests } from './protocol.ts';
import type { ReportRequests } from './report-protocol.ts';
import { loadScript } from './script.ts';

/** What a worker can read: each of them all that those before it can. */
export type Knows = 'captures' | 'described' | 'texts';

/** Asks a worker that knows machines, descriptions and scenarios, and makes whole reports. */
export type LabClient = Client<Requests & LabRequests & ReportRequests>;

declare global {
  var peerpathLab: string | undefined;
  var peerpathTexts: string | undefined;
}

interface Script {
  readonly file: string;
  readonly code: () => string | undefined;
  /** Once somebody asked for it. */
  loaded: Promise<string> | undefined;
}

const SCRIPTS: Readonly<Record<Exclude<Knows, 'captures'>, Script>> = {
  described: { file: 'lab.js', code: () => globalThis.peerpathLab, loaded: undefined },
  texts: { file: 'texts.js', code: () => globalThis.peerpathTexts, loaded: undefined },
};

/** Starts a worker that plays scenarios, too. @throws where its file is missing. */
export async function labClient(knows: Exclude<Knows, 'captures'>): Promise<LabClient> {
  const script = SCRIPTS[knows];
  script.loaded ??= loadScript(script.file, script.code).catch((error: unknown) => {
    script.loaded = undefined;
    throw error;
  });
  const address = URL.createObjectURL(new Blob([await script.loaded], { type: 'text/javascript' }));
  try {
    return new Client<Requests & LabRequests & ReportRequests>(new Worker(address));
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Names of the shipped scenarios that a machine can play. */
export async function fittingScenarios(input: OpenInput, knows: Knows): Promise<readonly string[]> {
  const client = await labClient(atLeastDescribed(knows));
  try {
    return await client.ask('fitting', input);
  } finally {
    client.end();
  }
}

/** The least that plays scenarios, and knows no less. */
export function atLeastDescribed(knows: Knows): Exclude<Knows, 'captures'> {
  return knows === 'captures' ? 'described' : knows;
}
