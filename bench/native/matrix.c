/*
 * Baseline of `matrix`: the verdict of every ordered pair by walking both paths, as pci_p2pdma_distance() is asked for
 * one pair after the other. Own code after the description of the rule.
 *
 * usage: matrix FILE STEP    rows 0, STEP, 2*STEP, ...
 *
 * FILE, little-endian 32-bit words: n, host bridges h, then for each function parent index or -1, redirect flag, host
 * bridge; then h*h flags: may traffic go from host bridge to host bridge.
 */
#include "common.h"

#define REFUSED 0x4000
#define DIRECT 0x8000
#define THROUGH 0xc000

static int32_t n, h, *parent, *redirect, *bridge, *allowed;

static uint16_t through(int32_t p, int32_t c, int hops)
{
	return (allowed[bridge[p] * h + bridge[c]] ? THROUGH : REFUSED) | hops;
}

static uint16_t verdict(int32_t p, int32_t c)
{
	int redirected = 0, up = 0, down = 0;
	int32_t a, b;

	for (a = p; a >= 0; a = parent[a], up++) {
		redirected |= redirect[a];
		for (b = c, down = 0; b >= 0; b = parent[b], down++)
			if (a == b)
				goto common;
	}
	return through(p, c, up + down);
common:
	for (b = c; b != a; b = parent[b])
		redirected |= redirect[b];
	return redirected ? through(p, c, up + down) : DIRECT | (up + down);
}

int main(int argc, char **argv)
{
	int32_t step = argc > 2 ? atoi(argv[2]) : 1, head[2];
	FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
	size_t words, rows;
	uint16_t *cells;
	double start;

	if (!file || fread(head, 4, 2, file) != 2)
		return 1;
	n = head[0];
	h = head[1];
	words = 3 * (size_t)n + (size_t)h * h;
	parent = must(malloc(words * 4));
	if (fread(parent, 4, words, file) != words)
		return 1;
	redirect = parent + n;
	bridge = redirect + n;
	allowed = bridge + n;
	rows = (n + step - 1) / step;
	cells = must(calloc(rows * n, 2));
	memset(cells, 1, rows * n * 2);
	start = now_ms();
	for (size_t row = 0; row < rows; row++)
		for (int32_t c = 0; c < n; c++)
			cells[row * n + c] = verdict(row * step, c);
	start = now_ms() - start;
	for (size_t i = 0; i < rows * n; i++)
		hash_word(cells[i]);
	return report(start);
}
