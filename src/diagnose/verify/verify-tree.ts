/** Where functions stand and what they are: bus numbers, virtual functions, ids. */
import { factValue } from '../../capture/index.ts';
import type { PciFunction, PciTopology } from '../../pci/index.ts';
import { type Bdf, bdfBus, bdfDomain, formatBdf } from '../../uapi/index.ts';
import { type Cause, compared, type RecordedFact } from './recorded-fact.ts';

/** The bridge above, as the directories show it, against the bridge whose registers name the function's bus. */
export function verifyParents(topology: PciTopology): RecordedFact[] {
  const bridges = new Map<string, PciFunction>();
  const unread = new Set(
    topology.functions.filter((fn) => fn.buses.state === 'unreadable').map((fn) => bdfDomain(fn.bdf)),
  );
  for (const fn of topology.functions) {
    const buses = factValue(fn.buses);
    if (buses !== undefined && buses.secondary !== 0) bridges.set(busKey(bdfDomain(fn.bdf), buses.secondary), fn);
  }
  return topology.functions.flatMap((fn) => {
    const { parent, physfn } = fn.captured;
    // A virtual function may stand on a bus of which no bridge knows.
    if (parent.state === 'unreadable' || physfn.state === 'known') return [];
    const above = bridges.get(busKey(bdfDomain(fn.bdf), bdfBus(fn.bdf)));
    const told = parent.state === 'known' ? topology.byBdf.get(parent.value) : undefined;
    // A bridge whose registers were not read may be the one.
    const open = told?.buses.state !== 'known' && (parent.state === 'known' || unread.has(bdfDomain(fn.bdf)));
    if (above === undefined && open) return [];
    const fact = { kind: 'parent' as const, functions: [fn], part: '' };
    return [compared({ ...fact, recorded: nameOf(factValue(parent)), predicted: nameOf(above?.bdf) })];
  });
}

function busKey(domain: number, bus: number): string {
  return `${domain}:${bus}`;
}

function nameOf(bdf: Bdf | undefined): string {
  return bdf === undefined ? 'root bus' : formatBdf(bdf);
}

/** The addresses of virtual functions: offset and stride of the SR-IOV capability of their physical function. */
export function verifyVirtualFunctions(topology: PciTopology): RecordedFact[] {
  const foreseen = new Map<Bdf, PciFunction>();
  for (const fn of topology.functions) {
    const sriov = factValue(fn.sriov);
    if (sriov === undefined || !sriov.enabled) continue;
    for (let n = 0; n < sriov.numVfs; n++) foreseen.set((fn.bdf + sriov.firstOffset + n * sriov.stride) as Bdf, fn);
  }
  return topology.functions.flatMap((fn) => {
    const { physfn } = fn.captured;
    const of = foreseen.get(fn.bdf);
    if (physfn.state === 'unreadable' || (physfn.state === 'absent' && of === undefined)) return [];
    const name = (bdf: Bdf | undefined): string => (bdf === undefined ? 'no virtual function' : `of ${formatBdf(bdf)}`);
    const fact = { kind: 'virtual-function' as const, functions: [fn], part: '' };
    return [compared({ ...fact, recorded: name(factValue(physfn)), predicted: name(of?.bdf) })];
  });
}

const VENDOR_AT = 0;
const DEVICE_AT = 2;
const CLASS_AT = 8;

/** Ids by file and by register. The kernel read the register once, at boot. */
export function verifyIdentities(topology: PciTopology): RecordedFact[] {
  return topology.functions.flatMap((fn) => {
    const { config, vendor, device, classCode, physfn } = fn.captured;
    // The registers of a virtual function read all ones; registers made from text are no second record.
    if (physfn.state === 'known' || config.mask !== undefined) return [];
    const classRegister = config.read32(CLASS_AT);
    const rows: [string, number | undefined, number | undefined, number][] = [
      ['vendor', factValue(vendor), config.read16(VENDOR_AT), 4],
      ['device', factValue(device), config.read16(DEVICE_AT), 4],
      ['class', factValue(classCode), classRegister === undefined ? undefined : classRegister >>> 8, 6],
    ];
    return rows.flatMap(([part, file, register, digits]) => {
      if (file === undefined || register === undefined) return [];
      const show = (value: number): string => value.toString(16).padStart(digits, '0');
      const fact = { kind: 'identity' as const, functions: [fn], part };
      return [compared({ ...fact, recorded: show(file), predicted: show(register) }, () => identityCause(register))];
    });
  });
}

/** A function that does not answer reads all ones. */
function identityCause(register: number): Cause | undefined {
  return register === 0xffff || register === 0xff_ffff ? 'reset' : undefined;
}
