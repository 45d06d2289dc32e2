/*
 * Baseline of `iova`: the kernel's rule as in iova.c here, but without its walk. Every node of an AVL tree knows how
 * much fits in the gap below it and in any gap of its subtree, so the place is found in O(log n). Ranges are freed by
 * their first page, which is looked up. Own code.
 *
 * usage: iova-gaps LIVE OPS MODE     MODE 0: all ranges of 64 pages; 1: 33 to 544 pages
 */
#include "common.h"

#define LIMIT (1ull << 35) /* pages of a 47-bit space */
#define START 1ull

struct node {
	uint64_t lo, hi;
	uint64_t gap, max_gap; /* pages that fit below this range, and in the subtree at most */
	struct node *child[2], *parent, *prev, *next;
	int height;
};

static struct node nil, anchor; /* nil: height 0, nothing fits */
static struct node *root = &anchor, *cached = &anchor, *spare;

static uint64_t gap_start(const struct node *t)
{
	return t->prev ? t->prev->hi + 1 : START;
}

static uint64_t align_up(uint64_t value, uint64_t size)
{
	return (value + size - 1) & ~(size - 1);
}

/* Most pages that an allocation, aligned to its size rounded up to a power of two, can place in [from, to). */
static uint64_t largest_fit(uint64_t from, uint64_t to)
{
	uint64_t size, rest;

	if (to <= from)
		return 0;
	size = 1ull << (63 - __builtin_clzll(to - from));
	if (align_up(from, size) + size > to)
		size >>= 1;
	rest = align_up(from, size * 2);
	return rest < to && to - rest > size ? to - rest : size;
}

static void measure_gap(struct node *t)
{
	if (t != &anchor)
		t->gap = largest_fit(gap_start(t), t->lo);
}

/* Height and largest gap from the children; true if either changed. */
static int refresh(struct node *t)
{
	const struct node *l = t->child[0], *r = t->child[1];
	int height = 1 + (l->height > r->height ? l->height : r->height);
	uint64_t most = t->gap;

	if (l->max_gap > most)
		most = l->max_gap;
	if (r->max_gap > most)
		most = r->max_gap;
	if (t->height == height && t->max_gap == most)
		return 0;
	t->height = height;
	t->max_gap = most;
	return 1;
}

static void replace(struct node *parent, struct node *old, struct node *new)
{
	if (!parent)
		root = new;
	else
		parent->child[parent->child[1] == old] = new;
	if (new != &nil)
		new->parent = parent;
}

/* Lifts the child on `side` over t. */
static struct node *rotate(struct node *t, int side)
{
	struct node *up = t->child[side], *inner = up->child[!side];

	replace(t->parent, t, up);
	t->child[side] = inner;
	if (inner != &nil)
		inner->parent = t;
	up->child[!side] = t;
	t->parent = up;
	refresh(t);
	refresh(up);
	return up;
}

/* Rebalances upwards, at least to `until`, and as far as anything changes. */
static void retrace(struct node *t, const struct node *until)
{
	int reached = 0;

	for (; t; t = t->parent) {
		int lean = t->child[0]->height - t->child[1]->height;

		if (t == until)
			reached = 1;
		if (lean > 1 || lean < -1) {
			int side = lean < 0;
			struct node *c = t->child[side];

			if (c->child[!side]->height > c->child[side]->height)
				rotate(c, !side);
			t = rotate(t, side);
		} else if (!refresh(t) && reached) {
			return;
		}
	}
}

static struct node *find(uint64_t page)
{
	struct node *t = root;

	while (t != &nil) {
		if (page < t->lo)
			t = t->child[0];
		else if (page > t->hi)
			t = t->child[1];
		else
			return t;
	}
	return NULL;
}

/* The highest range of the subtree with a gap below that takes `size` pages; there is one. */
static struct node *highest_in(struct node *t, uint64_t size)
{
	for (;;) {
		if (t->child[1]->max_gap >= size)
			t = t->child[1];
		else if (t->gap >= size)
			return t;
		else
			t = t->child[0];
	}
}

static struct node *highest_below(struct node *t, uint64_t size)
{
	for (;;) {
		if (t->child[0]->max_gap >= size)
			return highest_in(t->child[0], size);
		while (t->parent && t->parent->child[0] == t)
			t = t->parent;
		t = t->parent;
		if (!t || t->gap >= size)
			return t;
	}
}

static struct node *insert(uint64_t lo, uint64_t hi, struct node *above)
{
	struct node *t = spare, *below = above->prev;
	struct node *parent = above->child[0] == &nil ? above : below;

	spare = t->next;
	*t = (struct node){ .lo = lo, .hi = hi, .child = { &nil, &nil }, .parent = parent, .prev = below, .next = above };
	parent->child[parent == below] = t;
	above->prev = t;
	if (below)
		below->next = t;
	measure_gap(t);
	measure_gap(above);
	refresh(t);
	retrace(parent, above);
	return t;
}

static void remove_node(struct node *t)
{
	struct node *parent = t->parent, *from, *heir = t->next;

	t->next->prev = t->prev;
	if (t->prev)
		t->prev->next = t->next;
	measure_gap(t->next);
	if (t->child[0] == &nil || t->child[1] == &nil) {
		struct node *child = t->child[t->child[0] == &nil];

		replace(parent, t, child);
		from = child == &nil ? parent : child;
	} else { /* the next higher one takes its place */
		from = heir;
		if (heir->parent != t) {
			from = heir->parent;
			replace(heir->parent, heir, heir->child[1]);
			heir->child[1] = t->child[1];
			heir->child[1]->parent = heir;
		}
		heir->child[0] = t->child[0];
		heir->child[0]->parent = heir;
		replace(parent, t, heir);
	}
	retrace(from, t->next);
	t->next = spare;
	spare = t;
}

static void release(uint64_t page)
{
	struct node *t = must(find(page));

	if (t->lo >= cached->lo)
		cached = t->next;
	remove_node(t);
}

/* Where `size` pages go below `top`; 0 if nowhere. */
static uint64_t place(struct node *top, uint64_t size, uint64_t align, struct node **above)
{
	uint64_t high = top->lo < LIMIT ? top->lo : LIMIT;

	*above = top;
	if (high >= size && ((high - size) & ~(align - 1)) >= gap_start(top))
		return (high - size) & ~(align - 1);
	*above = highest_below(top, size);
	return *above ? ((*above)->lo - size) & ~(align - 1) : 0;
}

static uint64_t allocate(uint64_t size)
{
	uint64_t align = 1ull << (64 - __builtin_clzll(size - 1)), retry = cached->hi, page;
	struct node *above;

	page = place(cached, size, align, &above);
	if (!page && retry < LIMIT)
		page = place(&anchor, size, align, &above);
	if (!page)
		must(NULL);
	cached = insert(page, page + size - 1, above);
	return page;
}

int main(int argc, char **argv)
{
	uint32_t live = argc > 1 ? atoi(argv[1]) : 1000, ops = argc > 2 ? atoi(argv[2]) : 1000;
	int mixed = argc > 3 && atoi(argv[3]);
	uint64_t *held = must(malloc(live * sizeof(*held)));
	struct node *nodes = must(calloc(live + 1, sizeof(*nodes)));
	double start;

	anchor = (struct node){ .lo = UINT64_MAX, .hi = UINT64_MAX, .child = { &nil, &nil }, .height = 1 };
	for (uint32_t i = 0; i <= live; i++) {
		nodes[i].next = spare;
		spare = &nodes[i];
	}
	for (uint32_t i = 0; i < live; i++)
		held[i] = allocate(mixed ? 33 + prng_next() % 512 : 64);
	start = now_ms();
	for (uint32_t i = 0; i < ops; i++) {
		uint32_t which = prng_next() % live;

		release(held[which]);
		held[which] = allocate(mixed ? 33 + prng_next() % 512 : 64);
		hash_word(held[which]);
		hash_word(held[which] >> 32);
	}
	return report(now_ms() - start);
}
