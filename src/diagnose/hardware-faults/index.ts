export { HARDWARE_FAULTS } from './fault-table.ts';
export { type FoundFault, faultsOfPair, machineFaults } from './find-faults.ts';
export type { FaultHarm, FaultPlace, FaultSource, HardwareFault } from './hardware-fault.ts';
