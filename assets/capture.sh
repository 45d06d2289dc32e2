#!/bin/sh
# Captures what Linux says of this machine's PCI devices and IOMMUs, for study elsewhere.
#
#   sh capture.sh > host.tar.gz        (as root: without it config space is cut to 64 bytes and addresses read 0)
#   sh capture.sh FILE.tar.gz          writes FILE.tar.gz instead, whole or not at all; --force replaces one that is there
#   --sysroot DIR                      reads DIR/sys, DIR/proc and DIR/boot: a host's, seen from a container
#
# Reads only; what is written is a temporary folder and FILE. Uses sh, cat, mkdir, readlink, tar and gzip, and where
# they are there rm, mv and id. Reading config space wakes sleeping devices. Serial numbers (PCIe DSN) and the kernel's
# command line are left in: "peerpath capture --redact --machine host.tar.gz shared.tar.gz" takes them out.
umask 077
LC_ALL=C; export LC_ALL
EXTRACT_UNSAFE_SYMLINKS=1; export EXTRACT_UNSAFE_SYMLINKS # busybox tar: the links point within the capture
fail() { echo "capture.sh: $1" >&2; exit "${2:-1}"; }
usage() { echo "usage: sh capture.sh [--sysroot DIR] [--force] [FILE.tar.gz] (default: standard output)"; }

S= dest= force=
while [ $# -gt 0 ]; do
	case $1 in
	--redact) fail "--redact is not done here: afterwards run peerpath capture --redact --machine host.tar.gz shared.tar.gz" 2 ;;
	--sysroot) [ $# -gt 1 ] || fail "--sysroot needs a folder" 2; S=${2%/}; [ -d "$2" ] || fail "$2: no such folder" 2; shift ;;
	-h|--help) usage; exit 0 ;;
	--force) force=1 ;;
	-) ;;
	-*) usage >&2; fail "unknown option $1" 2 ;;
	*) [ -z "$dest" ] || fail "more than one file: $dest, $1" 2; dest=$1 ;;
	esac
	shift
done
for tool in cat mkdir readlink tar gzip; do
	command -v "$tool" >/dev/null 2>&1 || fail "needs $tool, which is not there"
done
if [ -z "$dest" ] && [ -t 1 ]; then fail "standard output is a terminal: redirect it, or give a file name" 2; fi
if [ -n "$dest" ] && { [ -e "$dest" ] || [ -L "$dest" ]; }; then
	if [ -L "$dest" ] || [ ! -f "$dest" ]; then fail "$dest: is no regular file, and is not replaced" 2; fi
	[ -n "$force" ] || fail "$dest: exists already; give another name, or --force to replace it" 2
fi
if command -v id >/dev/null 2>&1 && [ "$(id -u)" != 0 ]; then
	echo "capture.sh: not root: config space is cut to 64 bytes and addresses in iomem read 0" >&2
fi

T=${TMPDIR:-/tmp}/pci-capture.$$
mkdir -p "${TMPDIR:-/tmp}" && mkdir "$T" || fail "cannot make the temporary folder $T"
part=
trap 'command -v rm >/dev/null 2>&1 && rm -rf "$T" ${part:+"$part"}' 0
trap 'exit 1' 1 2 15
R=$T/root
log=$R/capture.log
links=$T/links
mkdir "$R" || exit 1
: > "$log"; : > "$links"

say() { echo "$*" >> "$log"; }
folder() { [ -d "$R$1" ] || mkdir -p "$R$1"; }

# file PATH: copies a file by reading it (sysfs tells wrong sizes)
file() {
	[ -f "$S$1" ] || return 0 # not there: nothing to say, most devices lack most attributes
	folder "${1%/*}"
	cat "$S$1" > "$R$1" 2>/dev/null || say "unreadable $1"
}
# value PATH: copies a file of one line without starting a program: a machine has thousands of these
value() {
	[ -f "$S$1" ] || return 0
	if { IFS= read -r v < "$S$1"; } 2>/dev/null; then
		folder "${1%/*}"
		printf '%s\n' "$v" > "$R$1"
	else
		file "$1"
	fi
}
link() {
	[ -L "$S$1" ] || return 0
	folder "${1%/*}"
	echo "${1#/}" >> "$links"
}
# target LINK: sets t to where a link of /sys points, counted from /sys
target() {
	t=$(readlink "$S$1") || { say "unreadable link $1"; return 1; }
	while :; do
		case $t in ../*) t=${t#../} ;; *) break ;; esac
	done
}
# root_bus DIRECTORY: what a pciDDDD:BB directory says, and the device-tree node of the one above
roots=' '
root_bus() {
	case $roots in *" $1 "*) return 0 ;; esac
	roots="$roots$1 "
	file "$1/uevent"
	link "$1/firmware_node"
	link "$1/of_node"
	link "${1%/*}/of_node"
}

say "capture format 1"
[ -d "$S/sys/bus/pci/devices" ] || say "missing /sys/bus/pci/devices"
for l in "$S"/sys/bus/pci/devices/*; do
	[ -L "$l" ] || continue
	l=${l#"$S"}
	link "$l"
	target "$l" || continue
	D=/sys/$t
	# the power state first: reading config space wakes a device
	for f in power_state vendor device class revision subsystem_vendor subsystem_device numa_node dma_mask_bits \
		consistent_dma_mask_bits current_link_speed current_link_width max_link_speed max_link_width sriov_numvfs \
		sriov_totalvfs sriov_offset sriov_stride sriov_vf_device label enable ari_enabled secondary_bus_number \
		subordinate_bus_number p2pmem/size p2pmem/available p2pmem/published; do
		value "$D/$f"
	done
	for f in config resource uevent; do
		file "$D/$f"
	done
	for f in driver iommu_group iommu physfn firmware_node; do
		link "$D/$f"
	done
	for f in "$S$D"/virtfn*; do
		link "${f#"$S"}"
	done
	above=${t%/pci*}
	rest=${t#"$above"/}
	[ "$above" = "$t" ] || root_bus "/sys/$above/${rest%%/*}"
done
for D in "$S"/sys/devices/pci*; do
	[ -d "$D" ] && root_bus "${D#"$S"}"
done
for D in /sys/kernel/iommu_groups /sys/class/iommu; do
	[ -d "$S$D" ] && folder "$D"
done
for g in "$S"/sys/kernel/iommu_groups/*; do
	[ -d "$g" ] || continue
	g=${g#"$S"}
	value "$g/type"
	file "$g/reserved_regions"
	for l in "$S$g"/devices/*; do
		link "${l#"$S"}"
	done
done
for i in "$S"/sys/class/iommu/*; do
	[ -L "$i" ] || continue
	i=${i#"$S"}
	link "$i"
	target "$i" || continue
	for f in cap ecap version address domains_supported domains_used; do
		value "/sys/$t/intel-iommu/$f"
	done
	for f in cap features; do
		value "/sys/$t/amd-iommu/$f"
	done
done
# what the system calls devices: interfaces of its own (no device behind them) and outputs of graphics cards are left out
for l in "$S"/sys/class/net/* "$S"/sys/class/infiniband/* "$S"/sys/class/nvme/* "$S"/sys/class/drm/* "$S"/sys/class/accel/*; do
	case $l in */drm/*-*) continue ;; esac
	[ -L "$l/device" ] && link "${l#"$S"}"
done
# what firmware says of AMD IOMMUs; Linux believes it before the hardware
file /sys/firmware/acpi/tables/IVRS
# the kernel's own answers, where the module peerpath-oracle is loaded
for f in about functions pairs host_bridges; do
	file "/sys/kernel/debug/peerpath/$f"
done

for f in cmdline iomem version modules; do
	file "/proc/$f"
done
folder /proc
if [ -r "$S/proc/cpuinfo" ]; then
	while IFS= read -r line; do
		[ -n "$line" ] || break # the first processor is enough
		printf '%s\n' "$line"
	done < "$S/proc/cpuinfo" > "$R/proc/cpuinfo"
else
	say "unreadable /proc/cpuinfo"
fi

config_lines() {
	while IFS= read -r line; do
		case ${line#"# "} in
		CONFIG_PCI_P2PDMA*|CONFIG_PCI_IOV*|CONFIG_PCI_QUIRKS*|CONFIG_ZONE_DEVICE*|CONFIG_DMABUF*|\
		CONFIG_DMA_SHARED_BUFFER*|CONFIG_VFIO_PCI_DMABUF*|CONFIG_HSA_AMD_P2P*|CONFIG_ARM_SMMU*|CONFIG_*IOMMU*)
			printf '%s\n' "$line" ;;
		esac
	done
}
rel=$(cat "$S/proc/sys/kernel/osrelease" 2>/dev/null)
folder /boot
if [ -r "$S/proc/config.gz" ]; then
	gzip -dc < "$S/proc/config.gz" | config_lines > "$R/boot/config-$rel"
elif [ -r "$S/boot/config-$rel" ]; then
	config_lines < "$S/boot/config-$rel" > "$R/boot/config-$rel"
elif [ -r "$S/lib/modules/$rel/config" ]; then
	config_lines < "$S/lib/modules/$rel/config" > "$R/boot/config-$rel"
else
	say "missing kernel config (/proc/config.gz, /boot/config-$rel, /lib/modules/$rel/config)"
fi

# links are copied by tar, some hundred at a time (busybox tar reads no list from a file)
copy_links() {
	[ -n "$batch" ] || return 0
	set -f # $batch is split on purpose: names in sysfs have no spaces
	# shellcheck disable=SC2086
	{ tar -C "$S/" -cf - $batch 2>>"$T/tar.log" || say "some links were not copied"; } |
		tar -C "$R" -xf - 2>>"$T/tar.log" || say "some links were not copied"
	set +f
	batch=; n=0
}
batch=; n=0
while IFS= read -r line; do
	batch="$batch $line"; n=$((n + 1))
	[ "$n" -lt 400 ] || copy_links
done < "$links"
copy_links
: >> "$T/tar.log"
while IFS= read -r line; do
	say "tar: $line"
done < "$T/tar.log"

tar -C "$R" -cf "$T/capture.tar" . || fail "tar failed"
if [ -z "$dest" ]; then
	gzip -9 < "$T/capture.tar" || fail "writing failed"
else
	part=$dest.$$.part
	gzip -9 < "$T/capture.tar" > "$part" && mv -f "$part" "$dest" || fail "cannot write $dest"
	part=
fi
