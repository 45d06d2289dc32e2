export { RDMA_TOPO_FORM } from './rdma-topo-form.ts';
