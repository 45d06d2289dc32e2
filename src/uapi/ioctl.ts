/** What processes ask the kernel with: open(2), VFIO and iommufd. */

/** Flags of open(2). include/uapi/asm-generic/fcntl.h. */
export const O_ACCMODE = 0x3;
export const O_RDWR = 0x2;
export const O_NONBLOCK = 0x800;
export const O_CLOEXEC = 0x8_0000;

/** The VFIO device interface, as far as BARs and dma-bufs go. include/uapi/linux/vfio.h. */
export const VFIO_DEVICE_GET_REGION_INFO = 0x3b6c;
export const VFIO_DEVICE_RESET = 0x3b6f;
export const VFIO_DEVICE_FEATURE = 0x3b75;

/** `vfio_device_feature.flags`: the low half is the feature's number. */
export const VFIO_DEVICE_FEATURE_MASK = 0xffff;
export const VFIO_DEVICE_FEATURE_GET = 0x1_0000;
export const VFIO_DEVICE_FEATURE_SET = 0x2_0000;
export const VFIO_DEVICE_FEATURE_PROBE = 0x4_0000;
/** The feature that exports ranges of a BAR; from 6.19. */
export const VFIO_DEVICE_FEATURE_DMA_BUF = 11;

/** `vfio_region_info.flags`. */
export const VFIO_REGION_INFO_FLAG_READ = 1;
export const VFIO_REGION_INFO_FLAG_WRITE = 2;
export const VFIO_REGION_INFO_FLAG_MMAP = 4;
export const VFIO_REGION_INFO_FLAG_CAPS = 8;
/** The MSI-X table lies in the region, and the region can be mapped all the same. */
export const VFIO_REGION_INFO_CAP_MSIX_MAPPABLE = 3;

/** Regions of a PCI device: 0 ... 5 are the BARs. */
export const VFIO_PCI_ROM_REGION_INDEX = 6;
export const VFIO_PCI_CONFIG_REGION_INDEX = 7;
export const VFIO_PCI_VGA_REGION_INDEX = 8;

/** Flags of IOMMU_IOAS_MAP and its kin. include/uapi/linux/iommufd.h. */
export const IOMMU_IOAS_MAP_FIXED_IOVA = 1;
export const IOMMU_IOAS_MAP_WRITEABLE = 2;
export const IOMMU_IOAS_MAP_READABLE = 4;
