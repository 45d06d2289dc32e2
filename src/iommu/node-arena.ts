/**
 * Nodes of a balanced tree in one flat buffer: 64 bytes a node, so that visiting one touches one cache line.
 *
 * A node is named by its offset in 32-bit words (a multiple of 16); 0 is "none". The first half of a node is four
 * doubles, at word offset / 2: {@link LO}, {@link HI}, {@link GAP}, {@link MAX_GAP}. The second half are links.
 */

/** First page of the range. Offsets into {@link NodeArena.doubles}, added to a node's offset / 2. */
export const LO = 0;
/** Last page of the range. */
export const HI = 1;
/** Most pages that an allocation can place in the gap below the range. */
export const GAP = 2;
/** Largest {@link GAP} in the subtree. */
export const MAX_GAP = 3;

/** Left child. Offsets into {@link NodeArena.words}, added to a node's offset. */
export const LEFT = 8;
/** Right child. */
export const RIGHT = 9;
/** Parent; 0 at the root. */
export const PARENT = 10;
/** Next lower range. */
export const PREV = 11;
/** Next higher range; links free nodes too. */
export const NEXT = 12;
/** Height of the subtree, 1 for a leaf. */
export const HEIGHT = 13;

const NODE_WORDS = 16;

/** A node's name; 0 is none. */
export type NodeId = number;

/** The buffer, and which of its nodes are free. */
export class NodeArena {
  /** The double halves. Replaced when the arena grows: read it again after {@link allocate}. */
  doubles: Float64Array = new Float64Array((NODE_WORDS / 2) * 64);
  /** The link halves, of the same buffer. */
  words: Int32Array = new Int32Array(this.doubles.buffer);
  #free: NodeId = 0;
  #used: number = NODE_WORDS;

  /** A node for the range `lo` to `hi`, linked to nothing. */
  allocate(lo: number, hi: number): NodeId {
    let id = this.#free;
    if (id !== 0) {
      this.#free = this.words[id + NEXT] as number;
    } else {
      if (this.#used + NODE_WORDS > this.words.length) this.#grow();
      id = this.#used;
      this.#used += NODE_WORDS;
    }
    const { doubles, words } = this;
    words[id + LEFT] = 0;
    words[id + RIGHT] = 0;
    words[id + PARENT] = 0;
    words[id + PREV] = 0;
    words[id + NEXT] = 0;
    words[id + HEIGHT] = 1;
    doubles[(id >> 1) + LO] = lo;
    doubles[(id >> 1) + HI] = hi;
    doubles[(id >> 1) + GAP] = 0;
    doubles[(id >> 1) + MAX_GAP] = 0;
    return id;
  }

  /** Gives a node back. */
  free(id: NodeId): void {
    this.words[id + NEXT] = this.#free;
    this.#free = id;
  }

  #grow(): void {
    const doubles = new Float64Array(this.doubles.length * 2);
    doubles.set(this.doubles);
    this.doubles = doubles;
    this.words = new Int32Array(doubles.buffer);
  }
}
