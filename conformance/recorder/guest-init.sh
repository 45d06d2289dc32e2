#!/bin/sh
# The first process of a recorded machine: /mode says what to do, /pre.sh and /post.sh run before and after it.
# What is written to /proc/p2pout leaves the machine through a debug port, so that a crash loses nothing.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t debugfs debugfs /sys/kernel/debug
mkdir -p /tmp /boot
insmod /mod/mapping-probe.ko
ship() {
	echo "@@BEGIN $1" > /proc/p2pout
	cat > /proc/p2pout
	echo "
@@END $1" > /proc/p2pout
}
mode=$(cat /mode)
if [ -f /pre.sh ]; then sh /pre.sh 2>&1 | ship pre; fi
if [ "$mode" != script ]; then
	lspci -D -nn -x | ship discover
	for d in /sys/bus/pci/devices/*; do
		echo "$(basename "$d")"
		cat "$d/resource"
	done | ship resource
fi
if [ "$mode" = record ]; then
	lspci -D -nn -vvv -xxxx 2>&1 | ship lspci.txt
	for g in /sys/kernel/iommu_groups/*; do
		[ -d "$g" ] && echo "${g##*/} $(cat "$g/type") $(ls "$g/devices" | tr '\n' ' ')"
	done | ship groups.txt
	sh /capture.sh > /tmp/c.tgz
	ship capture.tar.gz < /tmp/c.tgz
	echo "@@BEGIN answers" > /proc/p2pout
	while IFS= read -r l; do echo "$l" > /proc/p2poracle; done < /requests
	echo "@@END answers" > /proc/p2pout
	dmesg | ship dmesg
fi
if [ -f /post.sh ]; then sh /post.sh 2>&1 | ship post; fi
echo "@@DONE" > /proc/p2pout
poweroff -f
