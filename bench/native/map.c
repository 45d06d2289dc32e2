/*
 * Baseline of `map`: n physical ranges written as entries of 32 bytes, as the kernel's scatterlist has them: in one
 * array, or in pages of 128 of which the last is a link. Memory is there already and touched.
 *
 * usage: map sequential|chained N OFFSET      OFFSET: added to every address, hexadecimal
 */
#include "common.h"

#define PER_PAGE 128
#define CHUNK 0xfffff000u

struct entry {
	uint64_t link;
	uint32_t offset, length;
	uint64_t dma_address;
	uint32_t dma_length, flags;
};

struct range {
	uint64_t paddr, len;
};

static struct entry *next_entry(struct entry *e)
{
	e++;
	return e->link & 1 ? (struct entry *)(e->link & ~(uint64_t)3) : e;
}

static uint32_t count_entries(const struct range *ranges, uint32_t n)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n; i++)
		count += (ranges[i].len + CHUNK - 1) / CHUNK;
	return count;
}

static struct entry *fill_range(struct entry *e, uint64_t addr, uint64_t len, int chained)
{
	while (len) {
		uint32_t part = len > CHUNK ? CHUNK : len;

		e->link &= 3;
		e->offset = 0;
		e->length = 0;
		e->dma_address = addr;
		e->dma_length = part;
		addr += part;
		len -= part;
		e = chained ? next_entry(e) : e + 1;
	}
	return e;
}

static struct entry *make_chain(uint32_t entries)
{
	uint32_t pages = (entries + PER_PAGE - 2) / (PER_PAGE - 1) + 1;
	struct entry *first = NULL, *last = NULL;

	for (uint32_t i = 0; i < pages; i++) {
		struct entry *page = must(aligned_alloc(4096, PER_PAGE * sizeof(*page)));

		memset(page, 0, PER_PAGE * sizeof(*page));
		if (last)
			last[PER_PAGE - 1].link = (uint64_t)(uintptr_t)page | 1;
		else
			first = page;
		last = page;
	}
	return first;
}

int main(int argc, char **argv)
{
	int chained = argc > 1 && !strcmp(argv[1], "chained");
	uint32_t n = argc > 2 ? atoi(argv[2]) : 1000, entries;
	uint64_t offset = argc > 3 ? strtoull(argv[3], NULL, 16) : 0;
	struct range *ranges = must(malloc(n * sizeof(*ranges)));
	struct entry *table, *e;
	double start;

	for (uint32_t i = 0; i < n; i++) {
		ranges[i].paddr = 0x4000000000ull + (uint64_t)(prng_next() & 0xfffff) * 0x1000 + ((uint64_t)i << 32);
		ranges[i].len = (1 + prng_next() % 512) * 0x1000ull;
	}
	entries = count_entries(ranges, n);
	table = chained ? make_chain(entries) : must(calloc(entries + 1, sizeof(*table)));
	for (int round = 0; round < 2; round++) {
		start = now_ms();
		entries = count_entries(ranges, n);
		e = table;
		for (uint32_t i = 0; i < n; i++)
			e = fill_range(e, ranges[i].paddr + offset, ranges[i].len, chained);
		start = now_ms() - start;
	}
	e = table;
	for (uint32_t i = 0; i < entries; i++, e = chained ? next_entry(e) : e + 1) {
		hash_word(e->dma_address);
		hash_word(e->dma_address >> 32);
		hash_word(e->dma_length);
	}
	return report(start);
}
