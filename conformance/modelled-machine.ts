/** The modelled machine that a recording's requests are put to, with all state that carries over between them. */
import { defined } from '../src/base/index.ts';
import { factValue, type MachineCapture } from '../src/capture/index.ts';
import { imagine } from '../src/diagnose/index.ts';
import type { DmaDevice, DmaWorld } from '../src/dma/index.ts';
import { type DmaBufKernel, DmaResv, dmaBufKernel, type SgtMapping } from '../src/dma-buf/index.ts';
import type { Grouping } from '../src/iommu/index.ts';
import {
  calcMapTypeAndDist,
  type HostBridgeIds,
  type P2pdmaMachine,
  p2pdmaMachine,
  type Verdict,
} from '../src/p2pdma/index.ts';
import { buildTopology, type HostBridge, type PciFunction, type PciTopology } from '../src/pci/index.ts';
import { type Bdf, formatBdf, KernelLog, type KernelVersion, type MapType } from '../src/uapi/index.ts';
import { bootState } from './boot-state.ts';
import type { Answer } from './recording.ts';
import type { HostIds } from './request.ts';

/** A mapping that a slot keeps alive. */
export interface KeptMapping {
  readonly mapping: SgtMapping;
  readonly importer: PciFunction;
}

/** One machine under one kernel. */
export class ModelledMachine {
  readonly topology: PciTopology;
  readonly kernelVersion: KernelVersion;
  readonly log = new KernelLog();
  readonly world: DmaWorld;
  /** Facts that the capture lacks, and where they were taken from. */
  readonly taken: readonly string[];
  readonly kernel: DmaBufKernel;
  /**
   * The groups that a boot with the captured command line forms, predicted: the captured ones are not looked at.
   * Undefined where the capture leaves them open.
   */
  readonly groups: Grouping | undefined;
  readonly slots = new Map<number, KeptMapping>();
  readonly resv = new DmaResv();
  readonly #p2pdma: P2pdmaMachine;
  #mapType: MapType = 'PCI_P2PDMA_MAP_NOT_SUPPORTED';

  constructor(capture: MachineCapture, kernelVersion: KernelVersion, answers: readonly Answer[]) {
    this.topology = buildTopology(capture);
    this.kernelVersion = kernelVersion;
    const { world, taken } = bootState(this.topology, kernelVersion, this.log, answers);
    this.world = world;
    this.taken = taken;
    const cmdline = factValue(capture.kernel.cmdline);
    this.#p2pdma = p2pdmaMachine(this.topology, { kernel: kernelVersion });
    const boot = imagine(this.#p2pdma, { cmdline });
    this.groups = boot.boot !== undefined && boot.groups?.state === 'known' ? boot.groups.groups : undefined;
    this.kernel = dmaBufKernel({ version: kernelVersion, log: this.log, mapType: () => this.#mapType });
  }

  /** The function at an address. @throws when the capture has none, which fails the request. */
  function(bdf: Bdf): PciFunction {
    return defined(this.topology.byBdf.get(bdf), `function ${formatBdf(bdf)} in the capture`);
  }

  device(fn: PciFunction): DmaDevice {
    return defined(factValue(this.world.device(fn)), `DMA state of ${formatBdf(fn.bdf)} in the capture`);
  }

  /** The verdict of a pair while their host bridges show other ids. */
  verdict(provider: PciFunction, client: PciFunction, ids: HostIds): Verdict {
    return calcMapTypeAndDist(this.p2pdma(provider, client, ids), provider, client);
  }

  /** The machine as P2PDMA sees it for one call. A host bridge of both shows the first ids. */
  p2pdma(provider: PciFunction, client: PciFunction, ids: HostIds): P2pdmaMachine {
    const shown = (bridge: HostBridge): HostBridgeIds | undefined => {
      if (bridge === provider.hostBridge) return ids?.[0];
      return bridge === client.hostBridge ? ids?.[1] : undefined;
    };
    return ids === undefined ? this.#p2pdma : { ...this.#p2pdma, hostBridgeIds: shown };
  }

  /** Lets time pass in all domains. */
  elapse(ms: number): void {
    this.world.elapse(ms);
  }

  /** What P2PDMA answers during the next mapping. */
  set nextMapType(mapType: MapType) {
    this.#mapType = mapType;
  }
}
