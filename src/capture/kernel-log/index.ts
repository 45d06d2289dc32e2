export { KERNEL_LOG_FORM } from './kernel-log-form.ts';
