export { type NamedIds, namedIds } from './named-ids.ts';
