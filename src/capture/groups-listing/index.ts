export { GROUPS_FORM } from './groups-form.ts';
