/** A machine while numbers are given out: the spec's tree with addresses, filled in step by step. */
import type { Failure } from '../../base/index.ts';
import type { Bdf } from '../../uapi/index.ts';
import type { FunctionSpec, HostBridgeSpec, WindowSpec } from './machine-spec.ts';

/** One function with its place. */
export interface PlacedFunction {
  readonly spec: FunctionSpec;
  readonly bdf: Bdf;
  readonly root: PlacedRoot;
  readonly parent: PlacedFunction | undefined;
  /** Another function of its slot exists; bit 7 of the header type. */
  readonly multiFunction: boolean;
  /** Bridges only. */
  readonly buses: { secondary: number; subordinate: number } | undefined;
  /** Functions on the secondary bus, without virtual functions; ascending. */
  readonly children: PlacedFunction[];
  /** By kernel resource index; CPU addresses. */
  readonly resources: (PlacedResource | undefined)[];
  /** First offset and stride of virtual functions, where there are any. */
  readonly vfRouting: { readonly firstOffset: number; readonly stride: number } | undefined;
}

/** One resource: where it lies, or that it has no address. */
export interface PlacedResource {
  readonly start: number;
  readonly size: number;
  /** IORESOURCE_* flags. */
  readonly flags: number;
  /** CPU minus bus address. */
  readonly offset: number;
}

/** One host bridge with its bus numbers and windows. */
export interface PlacedRoot {
  readonly spec: HostBridgeSpec;
  readonly bus: number;
  readonly functions: PlacedFunction[];
  io: WindowSpec | undefined;
  memory: WindowSpec | undefined;
  prefetchable: WindowSpec | undefined;
}

/** Why a described machine cannot be: no bus number or no address is left. */
export interface PlacementError extends Failure {
  /** Position in `MachineSpec.hostBridges`. */
  readonly hostBridge: number;
}
