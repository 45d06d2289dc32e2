export { ACS_VALUES_FORM } from './acs-values-form.ts';
