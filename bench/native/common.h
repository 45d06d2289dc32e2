/* What the baselines share with the model's side: the random sequence, the hash, the clock. */
#ifndef PEERPATH_BENCH_COMMON_H
#define PEERPATH_BENCH_COMMON_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* src/base/prng.ts */
static uint32_t prng_state = 1;

static inline uint32_t prng_next(void)
{
	uint32_t x = prng_state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return prng_state = x;
}

/* bench/hash.ts: FNV-1a over words of 32 bits */
static uint32_t hash_state = 0x811c9dc5u;

static void hash_word(uint32_t word)
{
	hash_state = (hash_state ^ word) * 16777619u;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void *must(void *p)
{
	if (!p) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return p;
}

/* One line: milliseconds and the hash of the result. */
static int report(double ms)
{
	printf("%.6f %08" PRIx32 "\n", ms, hash_state);
	return 0;
}

#endif
