export { TOPOLOGY_XML_FORM } from './topology-xml-form.ts';
