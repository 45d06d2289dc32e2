import type { CapturePart, MachineCapture } from './capture-part.ts';

/** A machine that was described, not read, as one part, so that it is joined with others like them. */
export function partOfCapture(capture: MachineCapture): CapturePart {
  const { source, functions, rootBuses, kernel, cpu, iomem, iommuGroups, iommus, ivhdEfr, findings } = capture;
  return {
    origin: { source: source.name, passage: 'generated', line: undefined },
    sourceKind: source.kind,
    functions,
    rootBuses,
    kernel,
    cpu,
    iomem,
    iommuGroups,
    iommus,
    ivhdEfr,
    findings,
  };
}
