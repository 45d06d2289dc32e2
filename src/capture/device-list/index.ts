export { DEVICE_LIST_FORM } from './device-list-form.ts';
