/** A machine as the page draws it. */
import type { Analysis } from '../../src/analyze.ts';
import { printable } from '../../src/base/index.ts';
import { factValue } from '../../src/capture/index.ts';
import { slowLink } from '../../src/diagnose/index.ts';
import {
  deviceKind,
  type HostBridge,
  isBridgeKind,
  isEndpointKind,
  type PciFunction,
  upstreamBridge,
} from '../../src/pci/index.ts';
import { type DeviceNames, functionJson, kernelName, linkText } from '../../src/report/index.ts';
import { linkRate } from '../../src/route/index.ts';
import { formatBdf, formatRootBus, makeBdf } from '../../src/uapi/index.ts';
import type { BarView, DetailView, FunctionView, LinkView, MachineView, RootBusView } from '../protocol.ts';
import { findingViews } from './findings-view.ts';

/** Everything that does not depend on a question. */
export function machineView(
  analysis: Analysis,
  names: DeviceNames,
  { title, called }: { readonly title: string; readonly called: string | undefined },
): MachineView {
  const { capture, topology, machine } = analysis;
  const cmdline = factValue(capture.kernel.cmdline);
  return {
    title: printable(title),
    called,
    // The server hands over this machine as an archive.
    source: title === LIVE ? LIVE : SOURCES[capture.source.kind],
    functions: topology.functions.map((fn) => functionView(fn, names)),
    hostBridges: topology.hostBridges.map(rootBusView),
    findings: findingViews(analysis),
    kernel: kernelName(machine),
    cmdline: cmdline === undefined ? undefined : printable(cmdline),
  };
}

/** How `peerpath web` calls the machine that it runs on. */
const LIVE = 'this machine';

const SOURCES: Readonly<Record<Analysis['capture']['source']['kind'], string>> = {
  sysfs: LIVE,
  'capture-archive': 'capture archive',
  hwloc: 'hwloc archive',
  'lspci-hex': 'lspci dump',
  'lspci-text': 'lspci text',
  report: 'report',
  generated: 'machine description',
};

/** The node of a root bus is that of what stands on it. */
function rootBusView({ domain, bus, functions }: HostBridge): RootBusView {
  const nodes = functions.map((fn) => factValue(fn.captured.numaNode)).filter((node) => node !== undefined);
  return { name: formatRootBus(makeBdf(domain, bus, 0)), numaNode: nodes[0] };
}

function functionView(fn: PciFunction, names: DeviceNames): FunctionView {
  const kind = deviceKind(fn);
  return {
    index: fn.index,
    bdf: formatBdf(fn.bdf),
    label: names.labelOf(fn),
    name: names.nameOf(fn),
    kind,
    parent: upstreamBridge(fn)?.index ?? -1,
    physfn: fn.physfn?.index ?? -1,
    hostBridge: fn.hostBridge.index,
    endpoint: isEndpointKind(kind),
    bridge: isBridgeKind(kind),
    link: linkView(fn),
  };
}

function linkView(fn: PciFunction): LinkView | undefined {
  const link = factValue(fn.link);
  if (link === undefined) return undefined;
  const [speed, width] = [factValue(link.speed), factValue(link.width)];
  if (speed === undefined || width === undefined || width === 0) return undefined;
  return {
    text: linkText(fn),
    rate: linkRate(speed, width),
    slow: slowLink(fn) === undefined ? undefined : { speed: String(speed), width: `x${width}` },
  };
}

/** All about one function. */
export function detailView(analysis: Analysis, names: DeviceNames, fn: PciFunction): DetailView {
  const json = functionJson(fn, names, analysis.situation);
  return {
    json: { ...json, driver: json.driver === null ? null : printable(json.driver) },
    className: names.classOf(fn),
    bars: memoryBars(fn),
    findings: findingViews(analysis).filter(({ at }) => at === fn.index),
  };
}

const IORESOURCE_MEM = 0x200;

function memoryBars(fn: PciFunction): BarView[] {
  return fn.resources.slice(0, 6).flatMap((resource) => {
    if (resource === undefined || (resource.flags & IORESOURCE_MEM) === 0) return [];
    const size = resource.cpu.end - resource.cpu.start;
    return size > 0n ? [{ bar: resource.index, text: `BAR ${resource.index}`, size: size.toString() }] : [];
  });
}
