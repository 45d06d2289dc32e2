/** Who holds what: buffers, attachments, mappings, and calls that wait. */
import type { LabObject, LabView } from '../../lab-protocol.ts';

/** The objects that are alive. */
export function ObjectsPanel({ view }: { readonly view: LabView }) {
  const { objects, moreObjects } = view;
  return (
    <section class="lab-panel objects" aria-labelledby="objects-title">
      <h3 id="objects-title">Held now</h3>
      {objects.length === 0 ? (
        <p class="muted">Nothing: no buffer, no mapping, no region, no call that waits.</p>
      ) : (
        <ul>
          {objects.map((object) => (
            <Item key={`${object.kind} ${object.name}`} object={object} />
          ))}
        </ul>
      )}
      {moreObjects > 0 && <p class="muted">and {moreObjects} more</p>}
    </section>
  );
}

function Item({ object: { kind, name, text, state } }: { readonly object: LabObject }) {
  return (
    <li class={`object is-${state.replace(' ', '-')}`}>
      <span class="what">{kind}</span>
      <b>{name}</b>
      {state !== 'live' && <span class="state">{state}</span>}
      <span class="text">{text}</span>
    </li>
  );
}
