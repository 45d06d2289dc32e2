export { BOOT_CONFIGURATION_FORM, CMDLINE_FORM } from './cmdline-form.ts';
export { CPUINFO_FORM } from './cpuinfo-form.ts';
export { IOMEM_FORM } from './iomem-form.ts';
export { KERNEL_CONFIG_FORM } from './kernel-config-form.ts';
export { KERNEL_VERSION_FORM } from './kernel-version-form.ts';
export { parseConfig } from './parse-config.ts';
export { parseCpu } from './parse-cpu.ts';
export { hidesAddresses, parseIomemLine } from './parse-iomem.ts';
