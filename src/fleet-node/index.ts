export { FleetDatabase, QueryError, type QueryResult } from './fleet-database.ts';
export { FleetFolderError } from './fleet-folder.ts';
export { listInputs } from './list-inputs.ts';
export { MissingPeer } from './missing-peer.ts';
export { NatsError, type NatsOptions, type QueueState } from './nats-options.ts';
export { fetchParts, queueStatus } from './queue-status.ts';
export { type ScanCounts, type ScanOptions, scanFleet } from './scan.ts';
export { type SubmitCounts, submitCaptures } from './submit.ts';
export { type WorkCounts, type WorkOptions, workOnFleet } from './work.ts';
