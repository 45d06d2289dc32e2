/*
 * Baseline of `links`: n ranges of one to eight pages of 4 KiB linked into one run of I/O addresses, in a radix table of
 * 512 entries a page as IOMMUs walk it. Larger leaves are not used: the ranges are too small for them. Own code.
 *
 * usage: links N IOVA     IOVA: first address of the run, hexadecimal
 */
#include "common.h"

#define PRESENT 1ull

static uint64_t *table_page(void)
{
	uint64_t *page = must(aligned_alloc(4096, 4096));

	memset(page, 0, 4096);
	return page;
}

static uint64_t *leaf_of(uint64_t *root, uint64_t iova)
{
	uint64_t *table = root;

	for (int shift = 39; shift > 12; shift -= 9) {
		uint64_t *slot = &table[(iova >> shift) & 511];

		if (!*slot)
			*slot = (uint64_t)(uintptr_t)table_page() | PRESENT;
		table = (uint64_t *)(uintptr_t)(*slot & ~0xfffull);
	}
	return table;
}

/* The walk starts at the root for every range; within a table page it goes on by index. */
static int link_range(uint64_t *root, uint64_t iova, uint64_t paddr, uint64_t len)
{
	while (len) {
		uint64_t *table = leaf_of(root, iova);
		uint32_t i = (iova >> 12) & 511;

		for (; i < 512 && len; i++, iova += 4096, paddr += 4096, len -= 4096) {
			if (table[i])
				return -1;
			table[i] = paddr | PRESENT;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? atoi(argv[1]) : 1000;
	uint64_t iova = argc > 2 ? strtoull(argv[2], NULL, 16) : 0, at = iova, *root = table_page();
	uint64_t *paddr = must(malloc(n * 8)), *len = must(malloc(n * 8));
	double start;

	for (uint32_t i = 0; i < n; i++) {
		paddr[i] = 0x4000000000ull + (uint64_t)i * 0x10000 + (prng_next() & 7) * 0x1000;
		len[i] = (1 + prng_next() % 8) * 0x1000ull;
	}
	start = now_ms();
	for (uint32_t i = 0; i < n; at += len[i++])
		if (link_range(root, at, paddr[i], len[i]))
			return 1;
	start = now_ms() - start;
	for (uint64_t k = 0; k < 4096; k++) {
		uint64_t probe = iova + ((at - iova) >> 12) * k / 4096 * 4096;
		uint64_t leaf = leaf_of(root, probe)[(probe >> 12) & 511] & ~0xfffull;

		hash_word(leaf);
		hash_word(leaf >> 32);
	}
	return report(start);
}
