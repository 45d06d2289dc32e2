/** The scenarios that come with the page. */
import { SCENARIO_CARDS } from '../shipped.ts';

/** Cards to click. */
export function ScenarioCards({
  onPick,
  only,
}: {
  readonly onPick: (name: string) => void;
  readonly only?: readonly string[];
}) {
  return (
    <ul>
      {SCENARIO_CARDS.filter(([name]) => only === undefined || only.includes(name)).map(([name, title, about]) => (
        <li key={name}>
          <button type="button" data-scenario={name} onClick={() => onPick(name)}>
            <strong>{title}</strong>
            <span>{about}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
