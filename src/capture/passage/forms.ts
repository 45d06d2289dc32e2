/** Which forms of passages there are. */
import { GROUPS_FORM } from '../groups-listing/index.ts';
import { KERNEL_LOG_FORM } from '../kernel-log/index.ts';
import { LSPCI_FORM } from '../lspci/index.ts';
import type { PassageForm } from '../passage-form.ts';
import {
  BOOT_CONFIGURATION_FORM,
  CMDLINE_FORM,
  CPUINFO_FORM,
  IOMEM_FORM,
  KERNEL_CONFIG_FORM,
  KERNEL_VERSION_FORM,
} from '../system/index.ts';

/** All forms of passages. Where two claim a line, the first has it. */
export const FORMS: readonly PassageForm[] = [
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
