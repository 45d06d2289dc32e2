/**
 * Vendors whose printed name tells their id: those whose host bridges, GPUs, NICs and switches matter for peer-to-peer
 * DMA, and no name that a second vendor shares (Red Hat has two ids). Names: pci.ids (3-clause BSD).
 */
const VENDOR_NAMES: readonly (readonly [name: string, id: number])[] = [
  ['Advanced Micro Devices, Inc. [AMD/ATI]', 0x1002],
  ['Advanced Micro Devices, Inc. [AMD]', 0x1022],
  ['Advanced Micro Devices [AMD]', 0x1022],
  ['ASPEED Technology, Inc.', 0x1a03],
  ['Broadcom / LSI', 0x1000],
  ['Chengdu Haiguang IC Design Co., Ltd.', 0x1d94],
  ['Intel Corporation', 0x8086],
  ['Mellanox Technologies', 0x15b3],
  ['NVIDIA Corporation', 0x10de],
  ['PLX Technology, Inc.', 0x10b5],
  ['Samsung Electronics Co Ltd', 0x144d],
  ['Zhaoxin', 0x1d17],
];

/** The vendor id told by the start of a printed "VENDOR DEVICE" name; undefined for other vendors. */
export function vendorOf(printedName: string): number | undefined {
  return VENDOR_NAMES.find(([name]) => printedName === name || printedName.startsWith(`${name} `))?.[1];
}
