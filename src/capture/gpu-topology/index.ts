export { GPU_TOPOLOGY_FORM } from './gpu-topology-form.ts';
