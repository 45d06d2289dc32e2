/** What the signs of the tree mean. */
import type { MachineView } from '../../protocol.ts';
import type { Tab } from '../../tab.ts';
import { TYPE_CLASSES, wordsOf } from '../verdict-mark.tsx';
import type { Looks, Overlay } from './looks.ts';

interface LegendProps {
  readonly tab: Tab;
  readonly machine: MachineView;
  readonly looks: Looks;
  readonly overlay: Overlay;
}

/** Signs that the picture uses, and how often. */
export function TreeLegend({ tab, machine, looks, overlay }: LegendProps) {
  const redirecting = (tab.situation.value?.ports ?? []).filter(({ redirects }) => redirects).length;
  const slower = machine.functions.filter(({ link }) => link?.slow !== undefined).length;
  return (
    <div class="legend">
      <ul>
        <li>
          <svg width="34" height="12" viewBox="0 0 34 12" aria-hidden="true">
            <path class="link" d="M0 6H10" stroke-width="1.4" />
            <path class="link" d="M12 6H22" stroke-width="3.5" />
            <path class="link" d="M24 6H34" stroke-width="6" />
          </svg>
          thicker is faster
        </li>
        <li>
          <span class="acs-badge" aria-hidden="true">
            ACS
          </span>
          redirects peer traffic <b>{redirecting}</b>
        </li>
        <li>
          <svg width="20" height="12" viewBox="0 0 20 12" aria-hidden="true">
            <path class="link downgraded" d="M0 6H20" stroke-width="3" />
          </svg>
          slower than it could <b>{slower}</b>
        </li>
        {looks.marks.size > 0 && (
          <li>
            <b>+ACS −ACS</b> redirection that the what-if sets or clears <b>{looks.marks.size}</b>
          </li>
        )}
        {overlay === 'groups' && (
          <li>
            {looks.groups === undefined
              ? 'IOMMU groups: it is not known whether an IOMMU runs'
              : `IOMMU groups of several, each on a ground of its own (g: group): ${looks.groups.shared.size}`}
            {tab.situation.value?.groupsUncertain === true && ', the coarsest that are possible'}
          </li>
        )}
        {tab.pair.value !== undefined && (
          <li>
            <svg width="20" height="12" viewBox="0 0 20 12" aria-hidden="true">
              <path
                class={`link lit ${TYPE_CLASSES[tab.pairView.value?.forth.type ?? 0]}`}
                d="M0 6H20"
                stroke-width="4"
              />
            </svg>
            way of the pair{tab.pairView.value === undefined ? '' : `: ${wordsOf(tab.pairView.value.forth.type)}`}
          </li>
        )}
        {tab.pairView.value?.forth.route?.bottleneck !== undefined && (
          <li>
            <svg width="20" height="12" viewBox="0 0 20 12" aria-hidden="true">
              <path class="link narrow" d="M0 6H20" stroke-width="4" />
            </svg>
            its narrowest link
          </li>
        )}
      </ul>
    </div>
  );
}
