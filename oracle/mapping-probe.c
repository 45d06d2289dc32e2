// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapping-probe: asks the running kernel for mappings, in virtual machines only
 *
 * It changes what it asks about: DMA masks, mappings, ids of host bridges for
 * the length of a call. It is built on purpose alone (make PROBE=1), refuses to
 * load where no hypervisor is, and cannot be unloaded.
 *
 * One request per write to /proc/p2poracle; the answer is one JSON line, sent
 * at once to the debug port 0xe9 (QEMU's isa-debugcon; on arm64 by
 * semihosting), so that a crash loses nothing. What is written to /proc/p2pout
 * goes to the same port.
 *
 *   dist PROVIDER CLIENT HOSTID
 *   map PROVIDER BAR IMPORTER BUSOFF HOSTID DIR OPTS [RANGE ...]
 *   free SLOT               frees what a map with keep=SLOT left alive
 *   mask DEV BITS           dma_set_mask_and_coherent
 *   acs DEV                 position and registers of the ACS capability
 *   groups                  every PCI function: group, domain, masks
 *   resv DEV                the IOMMU's reserved regions for the device
 *   provider DEV BAR        does the kernel make a provider of this BAR
 *   sweep PROVIDER CLIENT vendor|device VALUE   which host bridge ids let the traffic through: with
 *                           vendor VALUE and every device id, or with device VALUE and every vendor id
 *   wait MS                 sleeps (lets the IOMMU's flush queue run out)
 *
 * PROVIDER, IMPORTER, CLIENT, DEV: dddd:bb:dd.f   BAR: 0..5
 * BUSOFF: hex u64 added to the provider's bus_offset
 * HOSTID: -, or vvvv:dddd written for the call over the ids of the first device on the root bus of
 *         both, or vvvv:dddd/vvvv:dddd for the provider's and the client's root bus apart
 * DIR: 0 bidirectional, 1 to device, 2 from device
 * OPTS: - or comma separated: size=HEX (size argument, else the sum of the lengths), keep=SLOT (0..255)
 * RANGE: PADDR:LEN, or rep,COUNT,STRIDE,PADDR,LEN (COUNT decimal); PADDR hex, or +hex into the BAR; LEN hex
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pci-p2pdma.h>
#include <linux/dma-buf.h>
#ifndef DIST_ONLY
#include <linux/dma-buf-mapping.h>
#endif
#include <linux/dma-resv.h>
#include <linux/kprobes.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>
#include <linux/iommu.h>
#include <linux/dma-map-ops.h>
#include <linux/vmalloc.h>
#include <linux/io.h>
#include <linux/delay.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Asks the kernel for peer-to-peer mappings, in virtual machines");
#ifndef DIST_ONLY
MODULE_IMPORT_NS("DMA_BUF");
#endif

#define OUT_MAX (8 << 20)
static char *out;
static size_t out_len;
static DEFINE_MUTEX(lock);

static void __printf(1, 2) emit(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out_len += vscnprintf(out + out_len, OUT_MAX - out_len, fmt, ap);
	va_end(ap);
}

#ifdef CONFIG_ARM64
/* QEMU's semihosting: what SYS_OPEN calls ":tt" is the character device named on its command line */
static noinline long semihost(unsigned long op, void *arg)
{
	register unsigned long x0 asm("x0") = op;
	register void *x1 asm("x1") = arg;

	asm volatile("hlt #0xf000" : "+r" (x0) : "r" (x1) : "memory");
	return x0;
}

static long sh_file = -1;
static char sh_buf[4096];

static void flush_out(const char *p, size_t n)
{
	if (sh_file < 0) {
		unsigned long a[3] = { (unsigned long)":tt", 4, 3 };

		sh_file = semihost(1, a);
	}
	while (n) {
		size_t k = min_t(size_t, n, sizeof(sh_buf));
		unsigned long a[3] = { sh_file, (unsigned long)sh_buf, k };

		memcpy(sh_buf, p, k);
		semihost(5, a);
		p += k;
		n -= k;
		cond_resched();
	}
}
#define REG0(r) ((r)->regs[0])
#define REG1(r) ((r)->regs[1])
#else
static void flush_out(const char *p, size_t n)
{
	while (n) {
		size_t k = min_t(size_t, n, 4096);

		outsb(0xe9, p, k);
		p += k;
		n -= k;
		cond_resched();
	}
}
#define REG0(r) ((r)->di)
#define REG1(r) ((r)->si)
#endif

/* WARNs: where each was, through a probe on __warn(file, line, ...) */
#define WARN_MAX 16
static struct { const char *file; int line; } warned[WARN_MAX];
static int n_warned;

static int on_warn(struct kprobe *kp, struct pt_regs *regs)
{
	if (n_warned < WARN_MAX) {
		warned[n_warned].file = (const char *)REG0(regs);
		warned[n_warned].line = (int)REG1(regs);
	}
	n_warned++;
	return 0;
}
static struct kprobe warn_probe = { .symbol_name = "__warn", .pre_handler = on_warn };

static unsigned long (*lookup)(const char *);
static void (*bug_clear_once)(void);
static char *once_start, *once_end;

static void warn_reset(void)
{
	n_warned = 0;
	if (bug_clear_once)
		bug_clear_once();
	if (once_start && once_end)
		memset(once_start, 0, once_end - once_start);
}

static void emit_warns(void)
{
	int i;

	emit("\"warns\":[");
	for (i = 0; i < min(n_warned, WARN_MAX); i++)
		emit("%s\"%s:%d\"", i ? "," : "", warned[i].file, warned[i].line);
	emit("],\"warn_count\":%d", n_warned);
}

static struct pci_dev *dev_by_name(const char *name)
{
	unsigned int dom, bus, slot, fn;

	if (sscanf(name, "%x:%x:%x.%x", &dom, &bus, &slot, &fn) != 4)
		return NULL;
	return pci_get_domain_bus_and_slot(dom, bus, PCI_DEVFN(slot, fn));
}

static struct pci_dev *root_of(struct pci_dev *pdev)
{
	struct pci_bus *bus = pdev->bus;

	while (bus->parent)
		bus = bus->parent;
	return list_first_entry_or_null(&bus->devices, struct pci_dev, bus_list);
}

struct disguise { struct pci_dev *dev; u16 vendor, device; };

static void disguise1(struct disguise *d, struct pci_dev *root, unsigned int v, unsigned int x)
{
	d->dev = root;
	if (!root)
		return;
	d->vendor = root->vendor;
	d->device = root->device;
	root->vendor = v;
	root->device = x;
}

static void disguise(struct disguise *d, struct pci_dev *a, struct pci_dev *b, const char *id)
{
	unsigned int v, x, w, y;
	int n = sscanf(id, "%x:%x/%x:%x", &v, &x, &w, &y);

	d[0].dev = d[1].dev = NULL;
	if (n < 2)
		return;
	if (n < 4) {
		w = v;
		y = x;
	}
	disguise1(&d[0], root_of(a), v, x);
	if (root_of(b) != root_of(a))
		disguise1(&d[1], root_of(b), w, y);
}

static void undisguise(struct disguise *d)
{
	int i;

	for (i = 1; i >= 0; i--)
		if (d[i].dev) {
			d[i].dev->vendor = d[i].vendor;
			d[i].dev->device = d[i].device;
		}
}

/* the mapping type is cached per provider: forget it, the next request may be disguised */
static void forget_types(struct pci_dev *prov)
{
	struct { struct gen_pool *pool; bool pub; struct xarray map_types; } *pp =
		(void *)rcu_access_pointer(prov->p2pdma);
	unsigned long idx;
	void *e;

	if (pp)
		xa_for_each(&pp->map_types, idx, e)
			xa_erase(&pp->map_types, idx);
}

static int do_dist(int argc, char **argv)
{
	struct pci_dev *a, *b;
	struct disguise d[2];

	if (argc < 4)
		return -EINVAL;
	a = dev_by_name(argv[1]);
	b = dev_by_name(argv[2]);
	if (a && b) {
		disguise(d, a, b, argv[3]);
		emit("{\"op\":\"dist\",\"provider\":\"%s\",\"client\":\"%s\",\"host_id\":\"%s\",\"distance\":%d}\n", argv[1],
		     argv[2], argv[3], pci_p2pdma_distance(a, &b->dev, true));
		undisguise(d);
		forget_types(a);
	} else
		emit("{\"op\":\"dist\",\"provider\":\"%s\",\"client\":\"%s\",\"error\":\"no device\"}\n", argv[1], argv[2]);
	pci_dev_put(a);
	pci_dev_put(b);
	return 0;
}

static int do_sweep(int argc, char **argv)
{
	struct pci_dev *a, *b;
	struct disguise d[2];
	unsigned int val, i, n = 0;
	bool vendor;

	if (argc < 5 || kstrtouint(argv[4], 16, &val))
		return -EINVAL;
	vendor = !strcmp(argv[3], "vendor");
	a = dev_by_name(argv[1]);
	b = dev_by_name(argv[2]);
	if (!a || !b)
		return -ENODEV;
	emit("{\"op\":\"sweep\",\"provider\":\"%s\",\"client\":\"%s\",\"fixed\":\"%s\",\"value\":\"%04x\",\"allowed\":[", argv[1],
	     argv[2], argv[3], val);
	d[0].dev = d[1].dev = NULL;
	disguise1(&d[0], root_of(a), a->vendor, a->device);
	if (root_of(b) != root_of(a))
		disguise1(&d[1], root_of(b), b->vendor, b->device);
	for (i = 0; i < 0x10000; i++) {
		int k;

		for (k = 0; k < 2; k++)
			if (d[k].dev) {
				d[k].dev->vendor = vendor ? val : i;
				d[k].dev->device = vendor ? i : val;
			}
		if (pci_p2pdma_distance(a, &b->dev, false) >= 0 && n++ < 64)
			emit("%s\"%04x\"", n > 1 ? "," : "", i);
		if (!(i & 0xfff))
			cond_resched();
	}
	undisguise(d);
	forget_types(a);
	emit("],\"allowed_count\":%u}\n", n);
	pci_dev_put(a);
	pci_dev_put(b);
	return 0;
}

static int do_mask(int argc, char **argv)
{
	struct pci_dev *d;
	int bits;

	if (argc < 3 || kstrtoint(argv[2], 10, &bits))
		return -EINVAL;
	d = dev_by_name(argv[1]);
	if (!d)
		return -ENODEV;
	emit("{\"op\":\"mask\",\"dev\":\"%s\",\"bits\":%d,\"errno\":%d,", argv[1], bits,
	     dma_set_mask_and_coherent(&d->dev, DMA_BIT_MASK(bits)));
	emit("\"mask\":\"%llx\"}\n", *d->dev.dma_mask);
	pci_dev_put(d);
	return 0;
}

static int do_acs(int argc, char **argv)
{
	struct pci_dev *d;
	u16 cap = 0, ctrl = 0;

	if (argc < 2)
		return -EINVAL;
	d = dev_by_name(argv[1]);
	if (!d)
		return -ENODEV;
	if (d->acs_cap) {
		pci_read_config_word(d, d->acs_cap + PCI_ACS_CAP, &cap);
		pci_read_config_word(d, d->acs_cap + PCI_ACS_CTRL, &ctrl);
	}
	emit("{\"op\":\"acs\",\"dev\":\"%s\",\"pcie_type\":%d,\"acs_pos\":\"%x\",\"acs_cap\":\"%x\",\"acs_ctrl\":\"%x\"}\n",
	     argv[1], pci_is_pcie(d) ? pci_pcie_type(d) : -1, d->acs_cap, cap, ctrl);
	pci_dev_put(d);
	return 0;
}

static int do_groups(void)
{
	struct pci_dev *d = NULL;
	bool first = true;

	emit("{\"op\":\"groups\",\"devices\":[");
	while ((d = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, d))) {
		struct iommu_domain *dom = iommu_get_domain_for_dev(&d->dev);
		struct iommu_group *grp = iommu_group_get(&d->dev);

		emit("%s{\"dev\":\"%s\",\"group\":%d,\"domain\":%d,\"mask\":\"%llx\",\"bus_dma_limit\":\"%llx\","
		     "\"external_facing\":%d,\"untrusted\":%d,\"workaround32\":%d", first ? "" : ",", pci_name(d),
		     grp ? iommu_group_id(grp) : -1, dom ? (int)dom->type : -1, *d->dev.dma_mask,
		     (u64)d->dev.bus_dma_limit, d->external_facing, d->untrusted,
		     d->dev.iommu ? d->dev.iommu->pci_32bit_workaround : -1);
		if (dom)
			emit(",\"pgsize_bitmap\":\"%lx\",\"aperture\":[\"%llx\",\"%llx\"],\"force_aperture\":%d",
			     dom->pgsize_bitmap, (u64)dom->geometry.aperture_start, (u64)dom->geometry.aperture_end,
			     dom->geometry.force_aperture);
		emit("}");
		first = false;
		if (grp)
			iommu_group_put(grp);
	}
	emit("]}\n");
	return 0;
}

static int do_wait(int argc, char **argv)
{
	unsigned int ms;

	if (argc < 2 || kstrtouint(argv[1], 10, &ms))
		return -EINVAL;
	msleep(ms);
	emit("{\"op\":\"wait\",\"ms\":%u}\n", ms);
	return 0;
}

static int do_resv(int argc, char **argv)
{
	struct pci_dev *d;
	struct iommu_resv_region *r;
	bool first = true;
	LIST_HEAD(list);

	if (argc < 2)
		return -EINVAL;
	d = dev_by_name(argv[1]);
	if (!d)
		return -ENODEV;
	emit("{\"op\":\"resv\",\"dev\":\"%s\",\"regions\":[", argv[1]);
	if (d->dev.iommu) {
		iommu_get_resv_regions(&d->dev, &list);
		list_for_each_entry(r, &list, list) {
			emit("%s[\"%llx\",\"%zx\",%d]", first ? "" : ",", (u64)r->start, r->length, (int)r->type);
			first = false;
		}
		iommu_put_resv_regions(&d->dev, &list);
	}
	emit("]}\n");
	pci_dev_put(d);
	return 0;
}

#ifndef DIST_ONLY
typedef enum pci_p2pdma_map_type (*map_type_fn)(struct p2pdma_provider *, struct device *);
static map_type_fn map_type;

static struct sg_table *no_map(struct dma_buf_attachment *a, enum dma_data_direction d)
{
	return ERR_PTR(-EOPNOTSUPP);
}
static void no_unmap(struct dma_buf_attachment *a, struct sg_table *s, enum dma_data_direction d) {}
static void no_release(struct dma_buf *b) {}
static const struct dma_buf_ops exporter_ops = {
	.map_dma_buf = no_map, .unmap_dma_buf = no_unmap, .release = no_release,
};
static void no_notify(struct dma_buf_attachment *a) {}
static const struct dma_buf_attach_ops importer_ops = {
	.allow_peer2peer = true,
#ifdef OLD_MOVE_NOTIFY
	.move_notify = no_notify,
#else
	.invalidate_mappings = no_notify,
#endif
};

static struct slot {
	struct dma_buf *buf;
	struct dma_buf_attachment *att;
	struct sg_table *sgt;
	struct p2pdma_provider *fake;
	enum dma_data_direction dir;
} slots[256];

static void show_dev(const char *key, struct pci_dev *pdev)
{
	struct iommu_domain *dom = iommu_get_domain_for_dev(&pdev->dev);
	struct iommu_group *grp = iommu_group_get(&pdev->dev);

	emit("\"%s\":\"%s\",\"%s_mask\":\"%llx\",\"%s_domain\":%d,\"%s_group\":%d,", key, pci_name(pdev),
	     key, pdev->dev.dma_mask ? *pdev->dev.dma_mask : 0, key, dom ? (int)dom->type : -1,
	     key, grp ? iommu_group_id(grp) : -1);
	if (grp)
		iommu_group_put(grp);
}

static void slot_free(struct slot *s)
{
	dma_resv_lock(s->buf->resv, NULL);
	dma_buf_free_sgt(s->att, s->sgt, s->dir);
	dma_resv_unlock(s->buf->resv);
	dma_buf_detach(s->buf, s->att);
	dma_buf_put(s->buf);
	kfree(s->fake);
	memset(s, 0, sizeof(*s));
}

static int do_free(int argc, char **argv)
{
	unsigned int n;

	if (argc < 2 || kstrtouint(argv[1], 10, &n) || n > 255)
		return -EINVAL;
	if (!slots[n].sgt) {
		emit("{\"op\":\"free\",\"slot\":%u,\"error\":\"empty slot\"}\n", n);
		return 0;
	}
	slot_free(&slots[n]);
	emit("{\"op\":\"free\",\"slot\":%u,", n);
	emit_warns();
	emit("}\n");
	return 0;
}

static int do_provider(int argc, char **argv)
{
	struct pci_dev *d;
	struct p2pdma_provider *p = NULL;
	int bar, ret;

	if (argc < 3 || kstrtoint(argv[2], 10, &bar) || bar < 0 || bar > 5)
		return -EINVAL;
	d = dev_by_name(argv[1]);
	if (!d)
		return -ENODEV;
	ret = pcim_p2pdma_init(d);
	if (!ret)
		p = pcim_p2pdma_provider(d, bar);
	emit("{\"op\":\"provider\",\"dev\":\"%s\",\"bar\":%d,\"errno\":%d,\"provider\":%s,\"bar_start\":\"%llx\","
	     "\"bar_len\":\"%llx\",\"bar_flags\":\"%lx\",\"bus_offset\":\"%llx\"}\n", argv[1], bar, ret,
	     p ? "true" : "false", (u64)pci_resource_start(d, bar), (u64)pci_resource_len(d, bar),
	     pci_resource_flags(d, bar), p ? p->bus_offset : 0);
	pci_dev_put(d);
	return 0;
}

static int take_hex(char **s, u64 base, u64 *v)
{
	char *t = strsep(s, ":,");

	if (!t)
		return -EINVAL;
	if (*t == '+') {
		t++;
		if (kstrtou64(t, 16, v))
			return -EINVAL;
		*v += base;
		return 0;
	}
	return kstrtou64(t, 16, v);
}

static int do_map(int argc, char **argv)
{
	struct pci_dev *prov = NULL, *imp = NULL;
	struct p2pdma_provider *p, *fake = NULL;
	struct phys_vec *vec = NULL;
	struct dma_buf *buf;
	struct dma_buf_attachment *att;
	struct sg_table *sgt;
	struct scatterlist *sg;
	struct disguise d[2];
	unsigned int dir, keep = ~0;
	DEFINE_DMA_BUF_EXPORT_INFO(exp);
	u64 busoff, base, size = 0;
	size_t total = 0, n = 0, j;
	int bar, i, ret;
	char *o, *t;

	if (argc < 8)
		return -EINVAL;
	prov = dev_by_name(argv[1]);
	imp = dev_by_name(argv[3]);
	ret = -ENODEV;
	if (!prov || !imp || kstrtoint(argv[2], 10, &bar) || bar < 0 || bar > 5 || kstrtou64(argv[4], 16, &busoff) ||
	    kstrtouint(argv[6], 10, &dir) || dir > 2)
		goto put;
	ret = pcim_p2pdma_init(prov);
	if (ret)
		goto put;
	base = pci_resource_start(prov, bar);

	/* count, then fill */
	ret = -EINVAL;
	for (i = 8; i < argc; i++) {
		unsigned int c = 1;

		if (!strncmp(argv[i], "rep,", 4) && (sscanf(argv[i] + 4, "%u", &c) != 1 || c > 100000))
			goto put;
		n += c;
	}
	vec = kvcalloc(n + 1, sizeof(*vec), GFP_KERNEL);
	fake = kzalloc(sizeof(*fake), GFP_KERNEL);
	if (!vec || !fake)
		goto put;
	for (i = 8, j = 0; i < argc; i++) {
		u64 count = 1, stride = 0, addr, len;

		t = argv[i];
		if (!strncmp(t, "rep,", 4)) {
			t += 4;
			sscanf(t, "%llu", &count);
			strsep(&t, ",");
			if (take_hex(&t, 0, &stride))
				goto put;
		}
		if (take_hex(&t, base, &addr) || take_hex(&t, 0, &len))
			goto put;
		for (; count && j < n; count--, addr += stride) {
			vec[j].paddr = addr;
			vec[j++].len = len;
			total += len;
		}
	}
	size = total;
	o = argv[7];
	while ((t = strsep(&o, ",")))
		if (sscanf(t, "size=%llx", &size) == 1 || sscanf(t, "keep=%u", &keep) == 1)
			continue;
	if (keep != ~0 && (keep > 255 || slots[keep].sgt))
		goto put;

	emit("{\"op\":\"map\",");
	show_dev("provider", prov);
	show_dev("importer", imp);
	p = pcim_p2pdma_provider(prov, bar);
	emit("\"bar\":%d,\"bar_start\":\"%llx\",\"bar_len\":\"%llx\",\"bar_flags\":\"%lx\",", bar, base,
	     (u64)pci_resource_len(prov, bar), pci_resource_flags(prov, bar));
	ret = 0;
	if (!p) {
		emit("\"error\":\"no provider\"}\n");
		goto put;
	}
	*fake = *p;
	fake->bus_offset += busoff;
	disguise(d, prov, imp, argv[5]);
	emit("\"bus_offset\":\"%llx\",\"host_id\":\"%s\",\"dir\":%u,", fake->bus_offset, argv[5], dir);
	emit("\"distance\":%d,", pci_p2pdma_distance(prov, &imp->dev, true));
	if (map_type)
		emit("\"map_type\":%d,", map_type(fake, &imp->dev));
	emit("\"nr_ranges\":%zu,\"phys_vec\":[", n);
	/* more than 64 are not repeated: the request line has them */
	for (j = 0; n <= 64 && j < n; j++)
		emit("%s[\"%llx\",\"%llx\"]", j ? "," : "", (u64)vec[j].paddr, (u64)vec[j].len);
	emit("],\"size\":\"%llx\",\"keep\":%d,", size, (int)keep);

	exp.ops = &exporter_ops;
	exp.size = PAGE_SIZE;
	exp.flags = O_CLOEXEC;
	exp.priv = (void *)1;
	buf = dma_buf_export(&exp);
	if (IS_ERR(buf)) {
		emit("\"export_errno\":%ld}\n", PTR_ERR(buf));
		goto undo;
	}
	att = dma_buf_dynamic_attach(buf, &imp->dev, &importer_ops, (void *)1);
	if (IS_ERR(att)) {
		emit("\"attach_errno\":%ld}\n", PTR_ERR(att));
		dma_buf_put(buf);
		goto undo;
	}
	emit("\"peer2peer\":%d,", att->peer2peer);
	dma_resv_lock(buf->resv, NULL);
	sgt = dma_buf_phys_vec_to_sgt(att, fake, vec, n, size, dir);
	dma_resv_unlock(buf->resv);
	if (IS_ERR(sgt)) {
		emit("\"errno\":%ld,", PTR_ERR(sgt));
		emit_warns();
		emit("}\n");
		dma_buf_detach(buf, att);
		dma_buf_put(buf);
	} else {
		struct iommu_domain *dom = iommu_get_domain_for_dev(&imp->dev);
		struct { struct sg_table sgt; struct dma_iova_state *state; size_t size; } *priv = (void *)sgt;
		const char *how = !priv->state ? "bus" : dma_use_iova(priv->state) ? "iova" : "phys";
		dma_addr_t first = sgt->nents ? sg_dma_address(sgt->sgl) : 0;

		emit("\"errno\":0,\"how\":\"%s\",\"nents\":%u,\"orig_nents\":%u,\"sg\":[", how, sgt->nents, sgt->orig_nents);
		for_each_sgtable_dma_sg(sgt, sg, i)
			emit("%s[\"%llx\",\"%x\"]", i ? "," : "", (u64)sg_dma_address(sg), sg_dma_len(sg));
		emit("],\"page_fields_zero\":%s,\"translates\":[",
		     sgt->nents && !(sgt->sgl->page_link & ~3UL) && !sgt->sgl->offset && !sgt->sgl->length ? "true" : "false");
		if (dom && dom->type != IOMMU_DOMAIN_IDENTITY && priv->state) {
			/* what the IOMMU really translates: first and last byte of every run */
			if (dma_use_iova(priv->state)) {
				u64 a = first;

				for (j = 0; j < n && j < 64; a += vec[j++].len)
					emit("%s[\"%llx\",\"%llx\",\"%llx\",\"%llx\"]", j ? "," : "", a,
					     (u64)iommu_iova_to_phys(dom, a), a + vec[j].len - 1,
					     (u64)iommu_iova_to_phys(dom, a + vec[j].len - 1));
				emit("],\"after_last\":\"%llx\",\"x\":[", (u64)iommu_iova_to_phys(dom, PAGE_ALIGN(a)));
			} else {
				for_each_sgtable_dma_sg(sgt, sg, i) {
					u64 a = sg_dma_address(sg), z = a + sg_dma_len(sg) - 1;

					if (i >= 64)
						break;
					emit("%s[\"%llx\",\"%llx\",\"%llx\",\"%llx\"]", i ? "," : "", a,
					     (u64)iommu_iova_to_phys(dom, a), z, (u64)iommu_iova_to_phys(dom, z));
				}
			}
		}
		emit("],");
		if (keep != ~0) {
			slots[keep] = (struct slot){ buf, att, sgt, fake, dir };
			fake = NULL;
		} else {
			dma_resv_lock(buf->resv, NULL);
			dma_buf_free_sgt(att, sgt, dir);
			dma_resv_unlock(buf->resv);
			dma_buf_detach(buf, att);
			dma_buf_put(buf);
		}
		emit_warns();
		emit("}\n");
	}
undo:
	undisguise(d);
	forget_types(prov);
put:
	kvfree(vec);
	kfree(fake);
	pci_dev_put(prov);
	pci_dev_put(imp);
	return ret;
}
#endif

static ssize_t oracle_write(struct file *f, const char __user *u, size_t n, loff_t *pos)
{
	char *line, *s, *tok, **argv;
	int argc = 0, ret = -EINVAL;

	if (n > 1 << 20)
		return -E2BIG;
	line = memdup_user_nul(u, n);
	if (IS_ERR(line))
		return PTR_ERR(line);
	argv = kvcalloc(1 << 16, sizeof(*argv), GFP_KERNEL);
	s = strim(line);
	while ((tok = strsep(&s, " ")) && argc < 1 << 16)
		if (*tok)
			argv[argc++] = tok;
	mutex_lock(&lock);
	out_len = 0;
	warn_reset();
	if (!argc)
		;
	else if (!strcmp(argv[0], "dist"))
		ret = do_dist(argc, argv);
	else if (!strcmp(argv[0], "sweep"))
		ret = do_sweep(argc, argv);
	else if (!strcmp(argv[0], "mask"))
		ret = do_mask(argc, argv);
	else if (!strcmp(argv[0], "acs"))
		ret = do_acs(argc, argv);
	else if (!strcmp(argv[0], "groups"))
		ret = do_groups();
	else if (!strcmp(argv[0], "wait"))
		ret = do_wait(argc, argv);
	else if (!strcmp(argv[0], "resv"))
		ret = do_resv(argc, argv);
#ifndef DIST_ONLY
	else if (!strcmp(argv[0], "map"))
		ret = do_map(argc, argv);
	else if (!strcmp(argv[0], "free"))
		ret = do_free(argc, argv);
	else if (!strcmp(argv[0], "provider"))
		ret = do_provider(argc, argv);
#endif
	if (ret) {
		out_len = 0;
		emit("{\"op\":\"%s\",\"bad_request\":%d}\n", argc ? argv[0] : "", ret);
	}
	flush_out(out, out_len);
	mutex_unlock(&lock);
	kvfree(argv);
	kfree(line);
	return n;
}

static ssize_t p2pout_write(struct file *f, const char __user *u, size_t n, loff_t *pos)
{
	char *b;

	n = min_t(size_t, n, 65536);
	b = memdup_user(u, n);
	if (IS_ERR(b))
		return PTR_ERR(b);
	flush_out(b, n);
	kfree(b);
	return n;
}

static const struct proc_ops ops = { .proc_write = oracle_write, .proc_lseek = default_llseek };
static const struct proc_ops out_ops = { .proc_write = p2pout_write, .proc_lseek = default_llseek };

static int __init oracle_init(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };

#ifdef CONFIG_X86
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR)) {
		pr_err("mapping-probe: for virtual machines only\n");
		return -ENODEV;
	}
#endif
	out = vzalloc(OUT_MAX);
	if (!out)
		return -ENOMEM;
	if (!register_kprobe(&kp)) {
		lookup = (void *)kp.addr;
		unregister_kprobe(&kp);
	}
	if (lookup) {
#ifndef DIST_ONLY
		map_type = (void *)lookup("pci_p2pdma_map_type");
#endif
		bug_clear_once = (void *)lookup("generic_bug_clear_once");
		once_start = (void *)lookup("__start_once");
		once_end = (void *)lookup("__end_once");
	}
	if (register_kprobe(&warn_probe))
		pr_info("p2poracle: no probe on __warn\n");
	proc_create("p2poracle", 0600, NULL, &ops);
	proc_create("p2pout", 0600, NULL, &out_ops);
	pr_info("p2poracle ready: lookup %d clear_once %d once %d\n", !!lookup, !!bug_clear_once, !!once_start);
	return 0;
}
module_init(oracle_init);
