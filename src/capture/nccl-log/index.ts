export { NCCL_LOG_FORM } from './nccl-log-form.ts';
