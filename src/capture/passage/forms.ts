/** Which forms of passages there are. */
import { ACS_VALUES_FORM } from '../acs-values/index.ts';
import { DEVICE_LIST_FORM } from '../device-list/index.ts';
import { GPU_TOPOLOGY_FORM } from '../gpu-topology/index.ts';
import { GROUPS_FORM } from '../groups-listing/index.ts';
import { HWLOC_XML_FORM, LSTOPO_FORM } from '../hwloc/index.ts';
import { KERNEL_LOG_FORM } from '../kernel-log/index.ts';
import { LSPCI_FORM } from '../lspci/index.ts';
import { NCCL_LOG_FORM } from '../nccl-log/index.ts';
import type { PassageForm } from '../passage-form.ts';
import { P2P_DISTANCE_FORM, PEER_DISTANCE_FORM } from '../peer-distance/index.ts';
import { RDMA_TOPO_FORM } from '../rdma-topo/index.ts';
import {
  BOOT_CONFIGURATION_FORM,
  CMDLINE_FORM,
  CPUINFO_FORM,
  IOMEM_FORM,
  KERNEL_CONFIG_FORM,
  KERNEL_VERSION_FORM,
} from '../system/index.ts';
import { TOPOLOGY_XML_FORM } from '../topology-xml/index.ts';

/** All forms of passages. Where two claim a line, the first has it. */
export const FORMS: readonly PassageForm[] = [
  PEER_DISTANCE_FORM,
  P2P_DISTANCE_FORM,
  ACS_VALUES_FORM,
  GPU_TOPOLOGY_FORM,
  TOPOLOGY_XML_FORM,
  HWLOC_XML_FORM,
  LSTOPO_FORM,
  RDMA_TOPO_FORM,
  NCCL_LOG_FORM,
  DEVICE_LIST_FORM,
  IOMEM_FORM,
  KERNEL_CONFIG_FORM,
  CPUINFO_FORM,
  BOOT_CONFIGURATION_FORM,
  KERNEL_LOG_FORM,
  GROUPS_FORM,
  CMDLINE_FORM,
  KERNEL_VERSION_FORM,
  LSPCI_FORM,
];
