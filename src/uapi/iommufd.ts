/** Flags of IOMMU_IOAS_MAP and its kin. include/uapi/linux/iommufd.h. */
export const IOMMU_IOAS_MAP_FIXED_IOVA = 1;
export const IOMMU_IOAS_MAP_WRITEABLE = 2;
export const IOMMU_IOAS_MAP_READABLE = 4;
