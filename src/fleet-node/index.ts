export { FleetDatabase, QueryError, type QueryResult } from './fleet-database.ts';
export { FleetFolderError } from './fleet-folder.ts';
export { listInputs } from './list-inputs.ts';
export { MissingPeer } from './missing-peer.ts';
export { type ScanCounts, type ScanOptions, scanFleet } from './scan.ts';
