/** A machine as the page draws it. */
import type { Analysis } from '../../src/analyze.ts';
import { printable } from '../../src/base/index.ts';
import { type Finding, factValue } from '../../src/capture/index.ts';
import { deviceKind, isBridgeKind, isEndpointKind, type PciFunction, upstreamBridge } from '../../src/pci/index.ts';
import { type DeviceNames, functionJson, linkText } from '../../src/report/index.ts';
import { linkRate, lintTopology } from '../../src/route/index.ts';
import { formatBdf, formatKernelVersion, formatRootBus, makeBdf, parseBdf } from '../../src/uapi/index.ts';
import type { BarView, DetailView, FindingView, FunctionView, LinkView, MachineView } from '../protocol.ts';

/** Everything that does not depend on a question. */
export function machineView(analysis: Analysis, names: DeviceNames, title: string): MachineView {
  const { capture, topology, machine } = analysis;
  const release = factValue(capture.kernel.release);
  const cmdline = factValue(capture.kernel.cmdline);
  return {
    title: printable(title),
    source: SOURCES[capture.source.kind],
    functions: topology.functions.map((fn) => functionView(fn, names)),
    hostBridges: topology.hostBridges.map(({ domain, bus }) => formatRootBus(makeBdf(domain, bus, 0))),
    findings: findingViews(analysis),
    kernel:
      machine.kernelSource === 'read' && release !== undefined
        ? printable(release)
        : formatKernelVersion(machine.kernel),
    cmdline: cmdline === undefined ? undefined : printable(cmdline),
  };
}

const SOURCES: Readonly<Record<Analysis['capture']['source']['kind'], string>> = {
  sysfs: 'this machine',
  'capture-archive': 'capture archive',
  hwloc: 'hwloc archive',
  'lspci-hex': 'lspci dump',
  'lspci-text': 'lspci text',
  generated: 'machine description',
};

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
  const [maxSpeed, maxWidth] = [factValue(link.maxSpeed), factValue(link.maxWidth)];
  if (speed === undefined || width === undefined || width === 0) return undefined;
  const lower = (maxSpeed ?? speed) > speed || (maxWidth ?? width) > width;
  return {
    text: linkText(fn),
    rate: linkRate(speed, width),
    below: lower ? `${maxSpeed ?? speed} GT/s x${maxWidth ?? width}` : undefined,
  };
}

/** What the input and the tree show to be odd, each with the function it is about. */
export function findingViews({ capture, topology }: Analysis): FindingView[] {
  const all = [...capture.findings, ...topology.findings, ...lintTopology(topology)];
  const at = (where: string): number => {
    const address = /(?:^|[^0-9a-f])([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])/.exec(where)?.[1];
    const bdf = address === undefined ? undefined : parseBdf(address);
    return bdf === undefined ? -1 : (topology.byBdf.get(bdf)?.index ?? -1);
  };
  const safe = (finding: Finding): FindingView => ({
    code: finding.code,
    severity: finding.severity,
    where: printable(finding.where),
    text: printable(finding.text),
    at: at(finding.where),
  });
  return all.map(safe).sort((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice'));
}

/** All about one function. */
export function detailView(analysis: Analysis, names: DeviceNames, fn: PciFunction): DetailView {
  const json = functionJson(fn, names);
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
