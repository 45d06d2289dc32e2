/** What a machine is: derived once from everything the input says, with what each fact rests on. */
import type { CapturedFunction, Fact, MachineCapture } from '../../capture/index.ts';
import { architectureOf } from './architecture.ts';
import type { PlatformFact } from './evidence.ts';
import { iommuInUseOf, iommuKindOf } from './iommu.ts';
import type { Architecture, CpuMaker, MachineIommu } from './kinds.ts';
import { cpuMakerOf, zenOf } from './processor.ts';
import { rootComplexVotes } from './root-complexes.ts';

/** The machine's nature. What the input leaves open is unreadable, and says why. */
export interface Platform {
  readonly architecture: PlatformFact<Architecture>;
  readonly cpuMaker: PlatformFact<CpuMaker>;
  /** Is it an AMD processor of family 17h (Zen) or later? Hygon's are none: they have another vendor name. */
  readonly zen: PlatformFact<boolean>;
  /** The IOMMU that the machine has, used or not. One that is not used leaves a trace on AMD only. */
  readonly iommu: PlatformFact<MachineIommu>;
  /** Does the kernel of the input use an IOMMU? */
  readonly iommuInUse: PlatformFact<boolean>;
}

/** Derives the platform. `typeOf`: the PCI Express device type of a function. */
export function platformOf(capture: MachineCapture, typeOf: (fn: CapturedFunction) => Fact<number>): Platform {
  const votes = rootComplexVotes(capture.functions, typeOf);
  const architecture = architectureOf(capture, votes);
  const cpuMaker = cpuMakerOf(capture, architecture, votes);
  const iommuInUse = iommuInUseOf(capture, architecture, cpuMaker);
  return {
    architecture,
    cpuMaker,
    zen: zenOf(capture, architecture, votes),
    iommu: iommuKindOf(capture, cpuMaker, iommuInUse),
    iommuInUse,
  };
}

/** Which set of options a kernel command line has there. Where the architecture is open, x86's are taken to exist. */
export function cmdlineArch({ architecture }: Platform): 'x86' | 'other' {
  return architecture.state === 'known' && architecture.value !== 'x86' ? 'other' : 'x86';
}
