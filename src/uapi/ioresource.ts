/** Resource flags as sysfs `resource` prints them. include/linux/ioport.h. */
export const IORESOURCE_IO = 0x100;
export const IORESOURCE_MEM = 0x200;
export const IORESOURCE_PREFETCH = 0x2000;
export const IORESOURCE_READONLY = 0x4000;
export const IORESOURCE_SIZEALIGN = 0x40000;
export const IORESOURCE_MEM_64 = 0x100000;
export const IORESOURCE_WINDOW = 0x200000;
export const IORESOURCE_DISABLED = 0x10000000;
export const IORESOURCE_UNSET = 0x20000000;
/** include/linux/pci.h: the resource comes from Enhanced Allocation. */
export const IORESOURCE_PCI_FIXED = 0x10;
export const IORESOURCE_PCI_EA_BEI = 0x20;
