// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks VFIO_DEVICE_FEATURE_DMA_BUF of the real vfio-pci a matrix of questions, and lets fdmap map what it gets for each
 * importer; one JSON line each.
 * usage: vfiotest BDF [IMPORTER...]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/vfio.h>
#ifndef VFIO_DEVICE_FEATURE_DMA_BUF
#define VFIO_DEVICE_FEATURE_DMA_BUF 11
struct vfio_region_dma_range { __u64 offset, length; };
struct vfio_device_feature_dma_buf { __u32 region_index, open_flags, flags, nr_ranges; struct vfio_region_dma_range dma_ranges[]; };
#endif
static int dev;
static const char *bdf, **imps;
static int nimps;
typedef unsigned long long u64;

static void fdmap(const char *name, int fd, const char *imp, int dir, int p2p)
{
	char b[65536]; int f = open("/proc/fdmap", O_RDWR), n = snprintf(b, sizeof b, "%d %s %d %d", fd, imp, dir, p2p);
	printf("{\"op\":\"fdmap\",\"case\":\"%s\",\"provider\":\"%s\",", name, bdf);
	if (write(f, b, n) != n) { printf("\"write_errno\":%d}\n", errno); close(f); return; }
	n = pread(f, b, sizeof b - 1, 0); b[n > 0 ? n : 0] = 0; printf("%s", b); close(f);
}
/* ffl: feature flags; argsz 0: the right one; lie: nr_ranges said instead of n */
static int ask(const char *name, unsigned region, unsigned oflags, unsigned flags, int n, const u64 *r, unsigned ffl, unsigned argsz, long lie, int map)
{
	size_t need = sizeof(struct vfio_device_feature) + sizeof(struct vfio_device_feature_dma_buf) + n * sizeof(struct vfio_region_dma_range);
	size_t pages = (need + 4095) / 4096 * 4096;
	/* the argument ends where its last page ends, an unmapped page follows: a read past it faults */
	char *m = mmap(0, pages + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *a;
	struct vfio_device_feature *ft; struct vfio_device_feature_dma_buf *d; int i, ret, e;

	mprotect(m + pages, 4096, PROT_NONE);
	a = m + pages - need; ft = (void *)a; d = (void *)ft->data;
	ft->argsz = argsz ? argsz : need; ft->flags = ffl;
	d->region_index = region; d->open_flags = oflags; d->flags = flags; d->nr_ranges = lie >= 0 ? (unsigned)lie : (unsigned)n;
	for (i = 0; i < n; i++) { d->dma_ranges[i].offset = r[2*i]; d->dma_ranges[i].length = r[2*i+1]; }
	errno = 0; ret = ioctl(dev, VFIO_DEVICE_FEATURE, ft); e = ret < 0 ? errno : 0;
	printf("{\"op\":\"vfio_dma_buf\",\"case\":\"%s\",\"device\":\"%s\",\"region\":%u,\"open_flags\":\"%x\",\"flags\":\"%x\",\"nr_ranges\":%u,\"ranges\":[", name, bdf, region, oflags, flags, d->nr_ranges);
	for (i = 0; i < n && i < 16; i++) printf("%s[\"%llx\",\"%llx\"]", i ? "," : "", r[2*i], r[2*i+1]);
	printf("],\"ranges_in_memory\":%d,\"feature_flags\":\"%x\",\"argsz\":%u,\"ok\":%s,\"errno\":%d", n, ffl, ft->argsz, ret >= 0 ? "true" : "false", e);
	if (ret > 0) printf(",\"dmabuf_size\":\"%llx\",\"fd_flags\":\"%x\",\"fd_cloexec\":%d", (u64)lseek(ret, 0, SEEK_END), fcntl(ret, F_GETFL), fcntl(ret, F_GETFD) & 1);
	printf("}\n");
	if (ret > 0 && map) for (i = 0; i < nimps; i++) { fdmap(name, ret, imps[i], 0, 1); if (i == 0) { fdmap(name, ret, imps[i], 1, 1); fdmap(name, ret, imps[i], 2, 1); fdmap(name, ret, imps[i], 0, 0); fdmap(name, ret, imps[i], 0, 2); } }
	munmap(m, pages + 4096);
	if (ret > 0 && map < 2) { close(ret); return 0; }
	return ret;
}
#define DB VFIO_DEVICE_FEATURE_DMA_BUF
#define GET (VFIO_DEVICE_FEATURE_GET | DB)
#define A(name, region, of, fl, map, ...) do { u64 r[] = { __VA_ARGS__ }; ask(name, region, of, fl, sizeof r / 16, r, GET, 0, -1, map); } while (0)

static void memory(int on)
{
	struct vfio_region_info ri = { .argsz = sizeof ri, .index = VFIO_PCI_CONFIG_REGION_INDEX }; unsigned short c;
	ioctl(dev, VFIO_DEVICE_GET_REGION_INFO, &ri);
	pread(dev, &c, 2, ri.offset + 4); c = on ? c | 2 : c & ~2; pwrite(dev, &c, 2, ri.offset + 4);
}
int main(int argc, char **argv)
{
	char p[256], l[256]; int c, g, n; unsigned bar;
	struct vfio_group_status gs = { .argsz = sizeof gs };
	setvbuf(stdout, 0, _IOLBF, 0);
	bdf = argv[1]; imps = (const char **)argv + 2; nimps = argc - 2;
	snprintf(p, sizeof p, "/sys/bus/pci/devices/%s/iommu_group", bdf);
	n = readlink(p, l, sizeof l - 1); if (n < 0) { perror("group"); return 1; } l[n] = 0;
	snprintf(p, sizeof p, "/dev/vfio/%s", strrchr(l, '/') + 1);
	c = open("/dev/vfio/vfio", O_RDWR); g = open(p, O_RDWR);
	if (c < 0 || g < 0) { perror(p); return 1; }
	ioctl(g, VFIO_GROUP_GET_STATUS, &gs);
	fprintf(stderr, "# group %s flags %x\n", p, gs.flags);
	if (ioctl(g, VFIO_GROUP_SET_CONTAINER, &c)) { perror("container"); return 1; }
	if (ioctl(c, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)) { perror("iommu"); return 1; }
	dev = ioctl(g, VFIO_GROUP_GET_DEVICE_FD, bdf);
	if (dev < 0) { perror("device"); return 1; }
	u64 S[10] = { 0 }; int best = -1;
	for (n = 0; n < 9; n++) {
		struct vfio_region_info ri = { .argsz = sizeof ri, .index = n };
		int r = ioctl(dev, VFIO_DEVICE_GET_REGION_INFO, &ri);
		printf("{\"op\":\"vfio_region\",\"device\":\"%s\",\"region\":%d,\"errno\":%d,\"size\":\"%llx\",\"flags\":\"%x\"}\n", bdf, n, r ? errno : 0, (u64)ri.size, ri.flags);
		S[n] = ri.size; if (n < 6 && ri.size >= 4096 && (best < 0 || ri.size > S[best])) best = n;
	}
	bar = best; u64 z = S[bar], M = ~0ULL; const unsigned CL = O_CLOEXEC | O_RDWR;
	A("good: one page", bar, CL, 0, 1, 0, 0x1000);
	A("good: whole BAR", bar, CL, 0, 1, 0, z);
	A("good: last page", bar, CL, 0, 1, z - 0x1000, 0x1000);
	A("good: two ranges", bar, CL, 0, 1, 0, 0x1000, 0x3000, 0x2000);
	A("good: two adjoining ranges", bar, CL, 0, 1, 0, 0x1000, 0x1000, 0x1000);
	A("good: two ranges, descending", bar, CL, 0, 1, 0x4000, 0x1000, 0, 0x1000);
	A("duplicate ranges", bar, CL, 0, 1, 0, 0x1000, 0, 0x1000);
	A("overlapping ranges", bar, CL, 0, 1, 0, 0x2000, 0x1000, 0x2000);
	A("sum of ranges over the BAR's size", bar, CL, 0, 1, 0, z, 0, z);
	ask("no ranges", bar, CL, 0, 0, 0, GET, 0, -1, 0);
	A("zero length", bar, CL, 0, 0, 0, 0);
	A("zero length second", bar, CL, 0, 0, 0, 0x1000, 0x1000, 0);
	A("zero length past the end", bar, CL, 0, 0, z + 0x1000, 0);
	A("unaligned offset", bar, CL, 0, 0, 0x800, 0x1000);
	A("unaligned offset by one", bar, CL, 0, 0, 1, 0x1000);
	A("unaligned length", bar, CL, 0, 0, 0, 0x1001);
	A("unaligned length, short", bar, CL, 0, 0, 0, 0xfff);
	A("unaligned second range", bar, CL, 0, 0, 0, 0x1000, 0x1800, 0x1000);
	A("unaligned and past the end", bar, CL, 0, 0, z + 1, 0x1000);
	A("past the end by a page", bar, CL, 0, 0, 0, z + 0x1000);
	A("offset at the end", bar, CL, 0, 0, z, 0x1000);
	A("offset past the end", bar, CL, 0, 0, z + 0x1000, 0x1000);
	A("last page and one more", bar, CL, 0, 0, z - 0x1000, 0x2000);
	A("second range past the end", bar, CL, 0, 0, 0, 0x1000, z, 0x1000);
	A("offset overflows with the start", bar, CL, 0, 0, M - 0xfff, 0x1000);
	A("offset overflows with the start, two pages", bar, CL, 0, 0, M - 0xfff, 0x2000);
	A("offset plus length overflows", bar, CL, 0, 0, 0x1000, M - 0xfff);
	A("length with the top bit", bar, CL, 0, 0, 0, 1ULL << 63);
	A("sum of lengths with the top bit", bar, CL, 0, 0, 0, 1ULL << 62, 0, 1ULL << 62);
	A("sum of lengths overflows", bar, CL, 0, 0, 0, 1ULL << 63, 0, 1ULL << 63);
	A("sum of lengths overflows to a page", bar, CL, 0, 0, 0, M - 0xfff, 0, 0x2000);
	A("length just below the top bit", bar, CL, 0, 0, 0, (1ULL << 63) - 0x1000);
	for (n = 0; n < 6; n++) { char nm[32]; snprintf(nm, sizeof nm, "region %d, one page", n); A(nm, n, CL, 0, 0, 0, 0x1000); }
	A("region ROM", 6, CL, 0, 0, 0, 0x1000); A("region config", 7, CL, 0, 0, 0, 0x1000); A("region VGA", 8, CL, 0, 0, 0, 0x1000);
	A("region 9", 9, CL, 0, 0, 0, 0x1000); A("region ffffffff", 0xffffffff, CL, 0, 0, 0, 0x1000);
	A("region config, unaligned", 7, CL, 0, 0, 1, 1);
	A("flags 1", bar, CL, 1, 0, 0, 0x1000); A("flags 80000000", bar, CL, 0x80000000, 0, 0, 0x1000);
	A("flags 1 and region 9", 9, CL, 1, 0, 0, 0x1000);
	A("open_flags 0", bar, 0, 0, 0, 0, 0x1000); A("open_flags O_RDWR", bar, O_RDWR, 0, 0, 0, 0x1000); A("open_flags O_CLOEXEC", bar, O_CLOEXEC, 0, 0, 0, 0x1000);
	A("open_flags O_WRONLY", bar, O_WRONLY, 0, 0, 0, 0x1000); A("open_flags 3", bar, 3, 0, 0, 0, 0x1000); A("open_flags O_NONBLOCK", bar, O_NONBLOCK, 0, 0, 0, 0x1000);
	A("open_flags O_APPEND", bar, O_APPEND, 0, 0, 0, 0x1000); A("open_flags 80000000", bar, 0x80000000, 0, 0, 0, 0x1000); A("open_flags O_CREAT", bar, O_CREAT, 0, 0, 0, 0x1000);
	A("open_flags 80000000 and past the end", bar, 0x80000000, 0, 0, z, 0x1000);
	u64 one[] = { 0, 0x1000 };
	ask("fewer ranges in memory than said (next page unmapped)", bar, CL, 0, 1, one, GET, 0, 2, 0);
	ask("nr_ranges ffffffff", bar, CL, 0, 1, one, GET, 0, 0xffffffffL, 0);
	ask("nr_ranges 10000000", bar, CL, 0, 1, one, GET, 0, 0x10000000L, 0);
	ask("argsz of the header only", bar, CL, 0, 1, one, GET, 8, -1, 0);
	ask("argsz 7", bar, CL, 0, 1, one, GET, 7, -1, 0);
	ask("argsz one short of the fixed part", bar, CL, 0, 1, one, GET, 23, -1, 0);
	ask("argsz of the fixed part, without the ranges", bar, CL, 0, 1, one, GET, 24, -1, 0);
	ask("argsz too big", bar, CL, 0, 1, one, GET, 1 << 20, -1, 0);
	ask("probe", bar, CL, 0, 1, one, DB | VFIO_DEVICE_FEATURE_PROBE, 0, -1, 0);
	ask("probe and get", bar, CL, 0, 1, one, DB | VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET, 0, -1, 0);
	ask("probe and get, argsz of the header only", bar, CL, 0, 1, one, DB | VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET, 8, -1, 0);
	ask("probe and set", bar, CL, 0, 1, one, DB | VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_SET, 0, -1, 0);
	ask("set", bar, CL, 0, 1, one, DB | VFIO_DEVICE_FEATURE_SET, 0, -1, 0);
	ask("get and set", bar, CL, 0, 1, one, DB | VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_GET, 0, -1, 0);
	ask("neither get nor set", bar, CL, 0, 1, one, DB, 0, -1, 0);
	ask("unknown feature flag", bar, CL, 0, 1, one, GET | (1 << 20), 0, -1, 0);
	ask("unknown feature number", bar, CL, 0, 1, one, 999 | VFIO_DEVICE_FEATURE_GET, 0, -1, 0);
	{ int k = 20000; u64 *r = malloc(16 * k); for (n = 0; n < k; n++) { r[2*n] = (n * 0x1000ULL) % z; r[2*n+1] = 0x1000; } ask("20000 ranges of a page", bar, CL, 0, k, r, GET, 0, -1, 0); r[2*k-1] = 0; ask("20000 ranges, the last empty", bar, CL, 0, k, r, GET, 0, -1, 0); }
	/* revocation: memory decoding off, then on again */
	int fd = ask("kept open over switching memory decoding", bar, CL, 0, 1, one, GET, 0, -1, 2);
	memory(0);
	if (nimps) fdmap("kept open, memory decoding off", fd, imps[0], 0, 1);
	A("made with memory decoding off", bar, CL, 0, 1, 0, 0x1000);
	memory(1);
	if (nimps) fdmap("kept open, memory decoding on again", fd, imps[0], 0, 1);
	n = ioctl(dev, VFIO_DEVICE_RESET); printf("{\"op\":\"vfio_reset\",\"errno\":%d}\n", n ? errno : 0);
	if (nimps) fdmap("kept open, after a reset", fd, imps[0], 0, 1);
	memory(1);
	if (nimps) fdmap("kept open, after a reset and decoding on", fd, imps[0], 0, 1);
	close(dev); close(g);
	if (nimps) fdmap("kept open, device closed", fd, imps[0], 0, 1);
	close(fd); if (nimps) fdmap("closed", fd, imps[0], 0, 1);
	return 0;
}
