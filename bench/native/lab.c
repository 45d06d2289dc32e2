/*
 * Baseline of `lab`: the bytes of src/lab/scenario/data-source.ts, made 64 KiB at a time, and their XXH32.
 *
 * usage: lab MIB
 */
#include "common.h"

#define PAGE 4096
#define CHUNK 65536
#define SEED 1
#define P1 0x9e3779b1u
#define P2 0x85ebca77u
#define P3 0xc2b2ae3du

static uint32_t rotl(uint32_t value, int bits)
{
	return value << bits | value >> (32 - bits);
}

static void make_chunk(uint8_t *chunk, const uint8_t *page, uint64_t number)
{
	for (int i = 0; i < CHUNK / PAGE; i++, number++, chunk += PAGE) {
		memcpy(chunk, page, PAGE);
		for (int k = 0; k < 6; k++)
			chunk[k] ^= number >> (8 * k);
	}
}

static void hash_chunk(uint32_t lanes[4], const uint8_t *chunk)
{
	for (int at = 0; at < CHUNK; at += 16)
		for (int i = 0; i < 4; i++) {
			uint32_t word;

			memcpy(&word, chunk + at + 4 * i, 4);
			lanes[i] = rotl(lanes[i] + word * P2, 13) * P1;
		}
}

int main(int argc, char **argv)
{
	uint64_t size = (argc > 1 ? strtoull(argv[1], NULL, 10) : 16) << 20;
	uint32_t lanes[4] = { P1 + P2, P2, 0, -P1 }, hash;
	static uint8_t page[PAGE], chunk[CHUNK];
	double start = now_ms();

	for (uint32_t i = 0; i < PAGE; i++)
		page[i] = (((i * 0x9e37) ^ SEED) * 0x9e3779b1u) >> 24;
	for (uint64_t at = 0; at < size; at += CHUNK) {
		make_chunk(chunk, page, at / PAGE);
		hash_chunk(lanes, chunk);
	}
	hash = rotl(lanes[0], 1) + rotl(lanes[1], 7) + rotl(lanes[2], 12) + rotl(lanes[3], 18) + (uint32_t)size;
	hash = (hash ^ hash >> 15) * P2;
	hash = (hash ^ hash >> 13) * P3;
	hash_state = hash ^ hash >> 16;
	return report(now_ms() - start);
}
