/*
 * Baseline of `iova`: an allocator of I/O address ranges on an AVL tree, after the description of the kernel's rule:
 * top down, aligned to the size rounded up to a power of two, walking from the most recent allocation. Own code.
 *
 * usage: iova LIVE OPS MODE     MODE 0: all ranges of 64 pages; 1: 33 to 544 pages
 *
 * LIVE ranges are allocated; then OPS times a random one is freed and a new one allocated. Only that is timed.
 */
#include "common.h"

#define LIMIT (1ull << 35) /* pages of a 47-bit space */
#define START 1ull

struct node {
	uint64_t lo, hi;
	struct node *left, *right, *parent, *prev, *next;
	int height;
};

static struct node *root, *spare, anchor;
static struct node *cached = &anchor;

static int height(struct node *t)
{
	return t ? t->height : 0;
}

static void fix(struct node *t)
{
	int l = height(t->left), r = height(t->right);

	t->height = (l > r ? l : r) + 1;
}

static void replace(struct node *old, struct node *new)
{
	if (!old->parent)
		root = new;
	else if (old->parent->left == old)
		old->parent->left = new;
	else
		old->parent->right = new;
	if (new)
		new->parent = old->parent;
}

static struct node *rotate(struct node *t, int to_left)
{
	struct node *up = to_left ? t->right : t->left;
	struct node *inner = to_left ? up->left : up->right;

	replace(t, up);
	*(to_left ? &up->left : &up->right) = t;
	*(to_left ? &t->right : &t->left) = inner;
	t->parent = up;
	if (inner)
		inner->parent = t;
	fix(t);
	fix(up);
	return up;
}

static void balance(struct node *t)
{
	while (t) {
		int lean = height(t->left) - height(t->right), before = t->height;

		fix(t);
		if (lean > 1) {
			if (height(t->left->left) < height(t->left->right))
				rotate(t->left, 1);
			t = rotate(t, 0);
		} else if (lean < -1) {
			if (height(t->right->right) < height(t->right->left))
				rotate(t->right, 0);
			t = rotate(t, 1);
		} else if (t->height == before) {
			break; /* nothing above can change */
		}
		t = t->parent;
	}
}

/* Puts [lo, hi] into the tree, directly below `above` in order. */
static struct node *insert(uint64_t lo, uint64_t hi, struct node *above)
{
	struct node *t = spare;

	spare = t->next;
	memset(t, 0, sizeof(*t));
	t->lo = lo;
	t->hi = hi;
	t->height = 1;
	t->next = above;
	t->prev = above->prev;
	above->prev = t;
	if (t->prev)
		t->prev->next = t;
	if (!root) {
		root = t;
	} else if (above != &anchor && !above->left) {
		above->left = t;
		t->parent = above;
	} else { /* the place is the right end of what lies below `above` */
		t->prev->right = t;
		t->parent = t->prev;
	}
	balance(t->parent);
	return t;
}

static void remove_node(struct node *t)
{
	struct node *from = t->parent, *p;

	if (t->lo >= cached->lo)
		cached = t->next;
	if (t->left && t->right) {
		p = t->prev; /* the right end of the left subtree: it has no right child */
		from = p->parent == t ? p : p->parent;
		if (p->parent != t) {
			replace(p, p->left);
			p->left = t->left;
			p->left->parent = p;
		}
		replace(t, p);
		p->right = t->right;
		p->right->parent = p;
		fix(p);
	} else {
		replace(t, t->left ? t->left : t->right);
	}
	balance(from);
	t->next->prev = t->prev;
	if (t->prev)
		t->prev->next = t->next;
	t->next = spare;
	spare = t;
}

static struct node *allocate(uint64_t size)
{
	uint64_t align = 1, high = LIMIT, low = START, retry = cached->hi, new;
	struct node *t = cached, *above;

	while (align < size)
		align *= 2;
again:
	do {
		if (t->lo < high)
			high = t->lo;
		new = high < size ? 0 : (high - size) & ~(align - 1);
		above = t;
		t = t->prev;
	} while (t && new <= t->hi && new >= low);
	if (high < size || new < low) {
		if (low == START && retry < LIMIT) {
			high = LIMIT;
			low = retry + 1;
			t = &anchor;
			goto again;
		}
		return NULL;
	}
	return cached = insert(new, new + size - 1, above);
}

int main(int argc, char **argv)
{
	uint32_t live = argc > 1 ? atoi(argv[1]) : 1000, ops = argc > 2 ? atoi(argv[2]) : 1000;
	int mixed = argc > 3 && atoi(argv[3]);
	struct node **held = must(malloc(live * sizeof(*held)));
	struct node *nodes = must(calloc(live + 1, sizeof(*nodes)));
	double start;

	anchor.lo = anchor.hi = UINT64_MAX;
	for (uint32_t i = 0; i <= live; i++) {
		nodes[i].next = spare;
		spare = &nodes[i];
	}
	for (uint32_t i = 0; i < live; i++)
		held[i] = must(allocate(mixed ? 33 + prng_next() % 512 : 64));
	start = now_ms();
	for (uint32_t i = 0; i < ops; i++) {
		uint32_t which = prng_next() % live;

		remove_node(held[which]);
		held[which] = must(allocate(mixed ? 33 + prng_next() % 512 : 64));
		hash_word(held[which]->lo);
		hash_word(held[which]->lo >> 32);
	}
	return report(now_ms() - start);
}
