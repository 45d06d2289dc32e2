export { FleetDatabase, QueryError } from './fleet-database.ts';
export { FleetFolderError } from './fleet-folder.ts';
export { listInputs } from './list-inputs.ts';
export { MissingPeer } from './missing-peer.ts';
export { NatsError, type NatsOptions } from './nats-options.ts';
export { fetchParts, queueStatus } from './queue-status.ts';
export { type ScanCounts, scanFleet } from './scan.ts';
export { submitCaptures } from './submit.ts';
export { workOnFleet } from './work.ts';
