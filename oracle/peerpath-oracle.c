// SPDX-License-Identifier: GPL-2.0-only
/*
 * peerpath-oracle: what the running kernel answers about peer-to-peer DMA
 *
 * Four files below <debugfs>/peerpath, for root, to be read only. Each line is
 * one JSON document; numbers in quotes are hexadecimal.
 *
 *   about          format, kernel release, whether map types can be seen
 *   functions      one line for each PCI function: masks, IOMMU group, domain
 *   pairs          one line for each provider: distance and map type to every
 *                  client
 *   host_bridges   one line for each root bus: its windows
 *
 * Nothing is mapped, bound or written. A file is made as a whole in the
 * kernel's memory before any of it is copied to user space, so no lock is held
 * meanwhile, and functions may come and go between two reads.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci-p2pdma.h>
#include <linux/pci.h>
#include <linux/resource_ext.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>

#define ORACLE_FORMAT 1

static struct dentry *oracle_dir;
/* Its seq files belong to the kernel, not to this module: see oracle_exit(). */
static struct device *oracle_dev;

/*
 * Map types. No exported function tells the map type of a pair without giving
 * the provider state of its own, but pci_p2pdma_distance() works it out on the
 * way: it is what calc_map_type_and_dist() returns. A return probe reads it,
 * for the calls of the one task that asks.
 */
static const char * const calc_names[] = {
	"calc_map_type_and_dist",
	"calc_map_type_and_dist.isra.0",
	"calc_map_type_and_dist.constprop.0",
};

static DEFINE_MUTEX(question_lock);
static struct task_struct *asking;
static int seen_type;
static bool sees_types;

#define TYPE_NOT_SEEN (-1)

static int calc_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	/* not for others: skip the return handler */
	return READ_ONCE(asking) == current ? 0 : 1;
}

static int calc_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	seen_type = (int)regs_return_value(regs);
	return 0;
}

static struct kretprobe calc_probe = {
	.entry_handler = calc_entry,
	.handler = calc_return,
};

static void probe_map_types(void)
{
	size_t i;

	if (!IS_ENABLED(CONFIG_PCI_P2PDMA))
		return;
	for (i = 0; i < ARRAY_SIZE(calc_names); i++) {
		calc_probe.kp.symbol_name = calc_names[i];
		calc_probe.kp.addr = NULL;
		calc_probe.kp.flags = 0;
		if (!register_kretprobe(&calc_probe)) {
			sees_types = true;
			return;
		}
	}
	pr_info("map types cannot be seen in this kernel, distances can\n");
}

static int ask_pair(struct pci_dev *provider, struct pci_dev *client, int *type)
{
	int distance;

	lockdep_assert_held(&question_lock);
	seen_type = TYPE_NOT_SEEN;
	WRITE_ONCE(asking, current);
	distance = pci_p2pdma_distance(provider, &client->dev, false);
	WRITE_ONCE(asking, NULL);
	*type = seen_type;
	return distance;
}

/* Short: a machine of 500 functions has 250,000 pairs. */
static const char *type_name(int type)
{
	switch (type) {
	case PCI_P2PDMA_MAP_NOT_SUPPORTED:
		return "\"no\"";
	case PCI_P2PDMA_MAP_BUS_ADDR:
		return "\"bus\"";
	case PCI_P2PDMA_MAP_THRU_HOST_BRIDGE:
		return "\"through\"";
	default:
		return "null";
	}
}

/* 40 bits: domain, bus, device and function. */
static u64 address_of(struct pci_dev *pdev)
{
	return (u64)(u32)pci_domain_nr(pdev->bus) << 16 | pci_dev_id(pdev);
}

/*
 * The function that follows @prev by address, or the first one for NULL. Gives
 * up the reference to @prev and takes one: functions may come and go.
 */
static struct pci_dev *next_function(struct pci_dev *prev)
{
	u64 from = prev ? address_of(prev) + 1 : 0;
	struct pci_dev *pdev = NULL, *best = NULL;

	pci_dev_put(prev);
	for_each_pci_dev(pdev) {
		if (address_of(pdev) < from)
			continue;
		if (best && address_of(pdev) >= address_of(best))
			continue;
		pci_dev_put(best);
		best = pci_dev_get(pdev);
	}
	return best;
}

static bool may_read(struct seq_file *m)
{
	return file_ns_capable(m->file, &init_user_ns, CAP_SYS_ADMIN);
}

static void show_domain(struct seq_file *m, struct pci_dev *pdev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(&pdev->dev);

	if (!domain) {
		seq_puts(m, "null");
		return;
	}
	seq_printf(m,
		   "{\"type\":%u,\"pageSizes\":\"%lx\",\"aperture\":[\"%llx\",\"%llx\"],\"force\":%s}",
		   domain->type, domain->pgsize_bitmap,
		   (u64)domain->geometry.aperture_start,
		   (u64)domain->geometry.aperture_end,
		   domain->geometry.force_aperture ? "true" : "false");
}

static void show_function(struct seq_file *m, struct pci_dev *pdev)
{
	struct device *dev = &pdev->dev;
	struct iommu_group *group;

	/* the driver stays, and with it the masks it has set */
	device_lock(dev);
	group = iommu_group_get(dev);
	seq_printf(m,
		   "{\"bdf\":\"%s\",\"dmaMask\":\"%llx\",\"coherentMask\":\"%llx\",\"busLimit\":\"%llx\",",
		   pci_name(pdev), dev->dma_mask ? *dev->dma_mask : 0,
		   dev->coherent_dma_mask, (u64)dev->bus_dma_limit);
	seq_printf(m, "\"untrusted\":%s,\"externalFacing\":%s,\"group\":",
		   pdev->untrusted ? "true" : "false",
		   pdev->external_facing ? "true" : "false");
	if (group) {
		seq_printf(m, "%d,\"domain\":", iommu_group_id(group));
		show_domain(m, pdev);
		iommu_group_put(group);
	} else {
		seq_puts(m, "null,\"domain\":null");
	}
	device_unlock(dev);
	seq_puts(m, "}\n");
}

static int functions_show(struct seq_file *m, void *v)
{
	struct pci_dev *pdev = NULL;

	if (!may_read(m))
		return -EPERM;
	while ((pdev = next_function(pdev))) {
		show_function(m, pdev);
		cond_resched();
	}
	return 0;
}

static void show_pairs_of(struct seq_file *m, struct pci_dev *provider)
{
	struct pci_dev *client = NULL;
	const char *comma = "";
	int distance, type;

	seq_printf(m, "{\"provider\":\"%s\",\"pairs\":[", pci_name(provider));
	for_each_pci_dev(client) {
		mutex_lock(&question_lock);
		distance = ask_pair(provider, client, &type);
		mutex_unlock(&question_lock);
		seq_printf(m, "%s[\"%s\",%d,%s]", comma, pci_name(client),
			   distance, type_name(type));
		comma = ",";
		cond_resched();
	}
	seq_puts(m, "]}\n");
}

static int pairs_show(struct seq_file *m, void *v)
{
	struct pci_dev *provider = NULL;

	if (!may_read(m))
		return -EPERM;
	while ((provider = next_function(provider))) {
		show_pairs_of(m, provider);
		/* it did not fit: the kernel asks again with more room */
		if (seq_has_overflowed(m)) {
			pci_dev_put(provider);
			break;
		}
	}
	return 0;
}

static void show_windows(struct seq_file *m, struct pci_host_bridge *bridge)
{
	struct resource_entry *entry;
	const char *comma = "";

	resource_list_for_each_entry(entry, &bridge->windows) {
		unsigned long kind = resource_type(entry->res);

		if (kind != IORESOURCE_MEM && kind != IORESOURCE_IO)
			continue;
		seq_printf(m, "%s[\"%s\",\"%llx\",\"%llx\",\"%llx\"]", comma,
			   kind == IORESOURCE_MEM ? "memory" : "io",
			   (u64)entry->res->start, (u64)entry->res->end,
			   (u64)entry->offset);
		comma = ",";
	}
}

static int host_bridges_show(struct seq_file *m, void *v)
{
	struct pci_bus *bus = NULL;

	if (!may_read(m))
		return -EPERM;
	/* no host bridge comes or goes meanwhile */
	pci_lock_rescan_remove();
	while ((bus = pci_find_next_bus(bus))) {
		struct pci_host_bridge *bridge = pci_find_host_bridge(bus);

		seq_printf(m, "{\"bus\":\"%04x:%02x\",\"windows\":[",
			   pci_domain_nr(bus), bus->number);
		show_windows(m, bridge);
		seq_puts(m, "]}\n");
	}
	pci_unlock_rescan_remove();
	return 0;
}

static int about_show(struct seq_file *m, void *v)
{
	seq_printf(m,
		   "{\"format\":%d,\"release\":\"%s\",\"p2pdma\":%s,\"mapTypes\":%s}\n",
		   ORACLE_FORMAT, init_utsname()->release,
		   IS_ENABLED(CONFIG_PCI_P2PDMA) ? "true" : "false",
		   sees_types ? "true" : "false");
	return 0;
}
static int __init oracle_init(void)
{
	oracle_dev = root_device_register("peerpath-oracle");
	if (IS_ERR(oracle_dev))
		return PTR_ERR(oracle_dev);
	probe_map_types();
	oracle_dir = debugfs_create_dir("peerpath", NULL);
	debugfs_create_devm_seqfile(oracle_dev, "about", oracle_dir,
				    about_show);
	debugfs_create_devm_seqfile(oracle_dev, "functions", oracle_dir,
				    functions_show);
	debugfs_create_devm_seqfile(oracle_dev, "pairs", oracle_dir,
				    pairs_show);
	debugfs_create_devm_seqfile(oracle_dev, "host_bridges", oracle_dir,
				    host_bridges_show);
	return 0;
}
module_init(oracle_init);

static void __exit oracle_exit(void)
{
	/*
	 * Waits for reads that are under way; later ones fail, also of files
	 * that are open still. Those are closed by the kernel's own code, so
	 * that they need not keep this module.
	 */
	debugfs_remove_recursive(oracle_dir);
	if (sees_types)
		unregister_kretprobe(&calc_probe);
	root_device_unregister(oracle_dev);
}
module_exit(oracle_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("What the running kernel answers about peer-to-peer DMA");
