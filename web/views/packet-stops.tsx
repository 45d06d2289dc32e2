/** The way of packets in words: stop by stop, with the rule that sent them on. */
import type { PacketStop } from '../protocol.ts';

interface Props {
  readonly stops: readonly PacketStop[];
  /** Numbered from 1 as on the picture; or the way back. */
  readonly way: 'out' | 'back';
  /** Shows a function on the picture. */
  readonly onShow?: (fn: number) => void;
}

/** The stops of one packet. */
export function PacketStops({ stops, way, onShow }: Props) {
  return (
    <ol class="packet-stops">
      {stops.map(({ place, name, rules }, at) => (
        <li key={at} class={rules.some(({ turns }) => turns) ? 'turns' : ''}>
          <span class="stop-mark" aria-hidden="true">
            {way === 'back' ? '←' : at + 1}
          </span>
          {onShow !== undefined && place !== 'ram' && place >= 0 ? (
            <button type="button" class="stop-name link" title="Show it on the tree" onClick={() => onShow(place)}>
              {name}
            </button>
          ) : (
            <span class="stop-name">{name}</span>
          )}
          {rules.map(({ text, register, missing, assumed }, rule) => (
            <span key={rule} class="stop-rule">
              {text}
              {register !== undefined && <code>{register}</code>}
              {missing.map((fact) => (
                <span key={fact} class="stop-doubt">
                  not known: {fact}
                </span>
              ))}
              {assumed && <span class="stop-doubt">assumed: no register tells</span>}
            </span>
          ))}
        </li>
      ))}
    </ol>
  );
}
