export { HWLOC_XML_FORM } from './hwloc-xml-form.ts';
export { LSTOPO_FORM } from './lstopo-form.ts';
