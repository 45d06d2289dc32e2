/** Where the reports of a tab are made: a worker of their own, so that a long one holds up nothing else. */
import { Stopped } from './client.ts';
import type { OpenInput } from './protocol.ts';
import type { ReportAnswer, ReportQuestion } from './report-protocol.ts';
import type { Tab } from './tab.ts';
import { atLeastDescribed, type Knows, type LabClient, labClient } from './workers.ts';

interface Desk {
  readonly input: OpenInput;
  readonly knows: Knows;
  readonly client: Promise<LabClient>;
}

const DESKS = new WeakMap<Tab, Desk>();

/** One report; undefined where the tab was closed meanwhile. @param other knows what another input needs */
export async function reportOf(
  tab: Tab,
  question: ReportQuestion,
  other: Knows = 'captures',
): Promise<ReportAnswer | undefined> {
  const knows = [tab.knows, other].includes('texts') ? 'texts' : atLeastDescribed(tab.knows);
  const whatIf = tab.question.value;
  try {
    const client = await deskOf(tab, knows).client;
    return await client.ask('report', { whatIf, question });
  } catch (error) {
    if (error instanceof Stopped) return undefined;
    throw error;
  }
}

/** Ends the worker of a tab that is closed. */
export function endDesk(tab: Tab): void {
  void DESKS.get(tab)?.client.then((client) => client.end());
  DESKS.delete(tab);
}

function deskOf(tab: Tab, knows: 'described' | 'texts'): Desk {
  const known = DESKS.get(tab);
  if (known !== undefined && known.input === tab.input && (known.knows === knows || known.knows === 'texts'))
    return known;
  endDesk(tab);
  const desk = { input: tab.input, knows, client: open(tab.input, knows) };
  DESKS.set(tab, desk);
  return desk;
}

async function open(input: OpenInput, knows: 'described' | 'texts'): Promise<LabClient> {
  const client = await labClient(knows);
  const opened = await client.ask('reportOn', { input, pciIds: globalThis.peerpathPciIds });
  if (opened.ok) return client;
  client.end();
  throw new Error(opened.error);
}
