/** A scenario that was played: how it ended, then its steps. */
import { printable } from '../base/index.ts';
import { bootText, eventText, type ScenarioResult, scenarioEnd } from '../lab/index.ts';
import { drawing, type Sheet } from './sheet/index.ts';

/** The whole run. */
export function scenarioSheet(result: ScenarioResult): Sheet {
  const { scenario, lab, events } = result;
  const { end, waiting } = scenarioEnd(result);
  const about = scenario.about === undefined ? [] : [scenario.about];
  return {
    title: 'peerpath lab',
    answer: printable(end),
    context: [scenario.name, ...about, bootText(lab), ...waiting].map(printable),
    sections: events.map((event) => ({
      title: '',
      blocks: [drawing(eventText(lab, event).split('\n').map(printable))],
    })),
  };
}
