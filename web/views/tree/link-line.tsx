/** The line from a box to the one above it. */
import type { Item } from '../../drawing/outline.ts';

interface LinkProps {
  readonly item: Pick<Item, 'node'>;
  readonly parent: Pick<Item, 'node'>;
  /** The line, from the box above. */
  readonly d: string;
  readonly lit?: boolean;
  /** The narrowest of a lit way. */
  readonly narrow?: boolean;
  /** Class names: of the answer for the pair whose way is lit, of the load. */
  readonly looks?: string;
}

/** As thick as the link is fast; a way inside a device or from a root bus is no link. */
export function LinkLine({ item, parent, d, lit = false, narrow = false, looks = '' }: LinkProps) {
  const fn = item.node.what === 'function' ? item.node.fn : item.node.what === 'alike' ? item.node.first : undefined;
  const inside =
    parent.node.what === 'root' || (parent.node.what === 'function' && parent.node.fn.kind === 'switch-upstream');
  const rate = inside ? undefined : fn?.link?.rate;
  const weight = rate === undefined ? 1.25 : 1 + Math.sqrt(rate) * 0.62;
  const slow = inside || fn?.link?.slow === undefined ? '' : 'downgraded';
  const classes = ['link', lit ? 'lit' : '', looks, slow, narrow ? 'narrow' : ''];
  return <path class={classes.join(' ')} d={d} stroke-width={lit ? Math.max(weight, 3) : weight} />;
}
