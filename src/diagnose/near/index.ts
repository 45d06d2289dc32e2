export type { Assigned, Assignment } from './assign.ts';
export { type GpuNeighbours, gpusNear, type Near, nearestDevices, type SharedUplink } from './near.ts';
export type { Nearness, Neighbour } from './neighbour.ts';
export { pairCeilings } from './pair-ceilings.ts';
