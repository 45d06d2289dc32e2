/** One function: what it is, and what can be asked of it. */

import { useEffect } from 'preact/hooks';
import { byteText } from '../../src/base/index.ts';
import type { DetailView } from '../protocol.ts';
import { showPair } from '../state.ts';
import type { Tab } from '../tab.ts';
import { KIND_WORDS, KindIcon } from './icons.tsx';

/** The chosen device. */
export function DeviceView({ tab }: { readonly tab: Tab }) {
  const index = tab.device.value;
  const detail = tab.detail.value;
  const fn = index === undefined ? undefined : tab.fn(index);
  useEffect(() => {
    if (index === undefined && tab.pair.value !== undefined) tab.chooseDevice(tab.pair.value.provider);
  }, [tab, index]);
  if (fn === undefined || detail?.json.bdf !== fn.bdf)
    return (
      <section class="panel" aria-label="Device">
        {fn === undefined && <p class="empty">Choose a device on the tree.</p>}
      </section>
    );
  const pair = tab.pair.value;
  const about = (tab.examination.value?.ailments ?? []).filter(({ devices }) => devices.includes(fn.index));
  return (
    <section class="panel device" aria-label="Device">
      <h2>
        <KindIcon kind={fn.kind} /> {fn.label ?? fn.bdf}
      </h2>
      <p class="name">{fn.name}</p>
      {fn.endpoint && (
        <p class="more">
          <button
            type="button"
            onClick={() =>
              showPair(
                tab,
                fn.index,
                pair === undefined || pair.client === fn.index ? other(tab, fn.index) : pair.client,
              )
            }
          >
            Ask for its memory
          </button>{' '}
          <button
            type="button"
            onClick={() =>
              showPair(
                tab,
                pair === undefined || pair.provider === fn.index ? other(tab, fn.index) : pair.provider,
                fn.index,
              )
            }
          >
            Ask what it reaches
          </button>
        </p>
      )}
      <dl>
        {facts(tab, detail).map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {detail.findings.length + about.length > 0 && (
        <>
          <h3>Findings</h3>
          <ul class="reasons">
            {about.map(({ code, section }) => (
              <li key={`${code} ${section.title}`}>{section.title}</li>
            ))}
            {detail.findings.map(({ code, text }) => (
              <li key={`${code} ${text}`}>{text}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function other(tab: Tab, index: number): number {
  return tab.machine.value.functions.find((fn) => fn.endpoint && fn.index !== index)?.index ?? index;
}

function facts(tab: Tab, { json, className }: DetailView): (readonly [string, string])[] {
  const fn = tab.machine.value.functions.find(({ bdf }) => bdf === json.bdf);
  const acs =
    json.acs.state === 'known'
      ? `can ${json.acs.cap}, is set to ${json.acs.ctrl}`
      : json.acs.state === 'absent'
        ? 'none'
        : `not known: ${json.acs.why ?? ''}`;
  const rows: (readonly [string, string | undefined | null])[] = [
    ['Address', json.bdf],
    ['Kind', fn === undefined ? json.kind : KIND_WORDS[fn.kind]],
    ['Class', className],
    ['Ids', json.vendor === null ? null : `${json.vendor.slice(2)}:${json.device?.slice(2) ?? '?'}`],
    ['Driver', json.driver],
    ['Link', fn?.link?.text],
    ['ACS', acs],
    ['IOMMU group', json.iommuGroup === null ? null : String(json.iommuGroup)],
    ['NUMA node', json.numaNode === null ? null : String(json.numaNode)],
    ['Above it', json.parent],
    ['Physical function', json.physfn],
    ['Buses behind', json.secondaryBus === undefined ? null : `${json.secondaryBus}–${json.subordinateBus ?? '?'}`],
    ...json.bars.map(
      (bar) =>
        [
          `BAR ${bar.index}`,
          `${bar.size === null ? 'size not known,' : byteText(BigInt(bar.size))} at ${bar.start}`,
        ] as const,
    ),
  ];
  return rows.flatMap(([term, value]) => (value === null || value === undefined ? [] : [[term, value] as const]));
}
