/** What stands on paper in place of pictures that scroll: whole, in letters, and breakable between lines. */

import { useMemo } from 'preact/hooks';
import { matrixOrder } from '../drawing/matrix-order.ts';
import type { MapView } from '../map-protocol.ts';
import type { TypeCode } from '../protocol.ts';
import type { Tab } from '../tab.ts';
import { addressAt, lengthText } from './table-text.ts';
import { letterOf } from './verdict-mark.tsx';

/** Columns that a sheet has room for. */
const COLUMNS = 34;
const MOST_DEVICES = 170;

/** All pairs as letters, in as many tables as the columns need. */
export function PrintedMatrix({ tab }: { readonly tab: Tab }) {
  const situation = tab.situation.value;
  const machine = tab.machine.value;
  const order = useMemo(
    () => (situation === undefined ? undefined : matrixOrder(machine, situation.shown, 'kind', undefined, undefined)),
    [machine, situation],
  );
  if (situation === undefined || order === undefined) return null;
  const n = order.rows.length;
  if (n > MOST_DEVICES) return <p>{n} devices: a filter leaves those that a sheet has room for.</p>;
  const blocks = Array.from({ length: Math.ceil(n / COLUMNS) }, (_, at) => at * COLUMNS);
  const name = (row: number): string => tab.nameOf(order.functions[row]?.index ?? -1);
  const letter = (row: number, column: number): string => {
    if (row === column) return '·';
    const at = (order.rows[row] ?? 0) * order.stride + (order.rows[column] ?? 0);
    return letterOf((situation.types[at] ?? 0) as TypeCode);
  };
  return (
    <div class="printed">
      {blocks.map((from) => (
        <table key={from} class="printed-matrix">
          <thead>
            <tr>
              <th />
              {order.functions.slice(from, from + COLUMNS).map((fn, at) => (
                <th key={fn.index} scope="col">
                  <span>{name(from + at)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {order.functions.map((fn, row) => (
              <tr key={fn.index}>
                <th scope="row">{name(row)}</th>
                {order.functions.slice(from, from + COLUMNS).map((other, at) => (
                  <td key={other.index}>{letter(row, from + at)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

const MOST_ROWS = 400;

/** The first entries of a table. */
export function PrintedRows({ view }: { readonly view: MapView }) {
  const shown = Math.min(view.entries, MOST_ROWS);
  return (
    <table class="printed printed-rows">
      <thead>
        <tr>
          <th scope="col">#</th>
          <th scope="col">{view.space} address</th>
          <th scope="col">length</th>
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: shown }, (_, entry) => (
          <tr key={entry}>
            <td>{entry}</td>
            <td>{addressAt(view, entry)}</td>
            <td>{lengthText(BigInt(view.lengths[entry] ?? 0))}</td>
          </tr>
        ))}
        {view.entries > shown && (
          <tr>
            <td colSpan={3}>{view.entries - shown} more entries: save them as JSON or CSV.</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
