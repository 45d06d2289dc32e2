/**
 * Where the kernel's verdict and the way of the packets differ for a reason that is known. Data: name, cause, and when
 * it applies; `verdict-vs-route.test.ts` has a machine for each and fails for a difference that is not listed.
 */

import type { RedirectingPort, Verdict } from '../../p2pdma/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import type { StopCause } from '../../route/index.ts';
import { bdfDevice, PCI_ACS_CR, PCI_ACS_EC, PCI_ACS_RR } from '../../uapi/index.ts';

/** How a pair gets through: inside the fabric, by the root complex, or not at all. */
export type Way = 'direct' | 'host' | 'stopped';

/** One pair, as both sides see it. */
export interface ComparedPair {
  readonly verdict: Verdict;
  readonly kernel: ReadonlySet<Way>;
  readonly hardware: ReadonlySet<Way>;
  /** Rules that stopped the request or its completions. */
  readonly stops: ReadonlySet<StopCause['rule']>;
}

/** A reason to differ. */
export interface KnownDifference {
  readonly name: string;
  readonly cause: string;
  /** Does it explain the pair? */
  readonly explains: (pair: ComparedPair) => boolean;
}

/** All of them. The first that explains a pair is counted. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: 'kernel-without-p2pdma',
    cause: 'This kernel refuses every pair, whatever packets could do: it has no P2PDMA, or was built without it.',
    explains: ({ verdict }) => verdict.reasons.some(({ code }) => WITHOUT_P2PDMA.has(code)),
  },
  {
    name: 'same-function',
    cause:
      'A function and itself: the kernel asks only its own ACS bits. A request to an own BAR does not leave the device, so no bit matters.',
    explains: ({ verdict }) => verdict.provider === verdict.client,
  },
  {
    name: 'functions-of-one-device',
    cause:
      'Two functions of one device: the kernel counts the port above as their common bridge and its ACS bits with it. Requests meet inside the device, or come back through that port only with Upstream Forwarding; without ACS nothing tells which.',
    explains: ({ verdict }) => sameDevice(verdict.provider, verdict.client),
  },
  {
    name: 'redirected-without-upstream-forwarding',
    cause:
      'A redirected request or completion meets, further up, a port behind which its target lies too. Without Upstream Forwarding that port need not pass it on; the kernel never asks for that bit.',
    explains: ({ stops }) => stops.has('acs-no-upstream-forwarding'),
  },
  {
    name: 'egress-control-blocks',
    cause:
      'Egress Control without Request Redirect stops requests to the peers of its vector; the kernel takes the bit for a redirect to the host bridge.',
    explains: ({ stops }) => stops.has('acs-egress-blocked'),
  },
  {
    name: 'source-validation-blocks',
    cause:
      'Source Validation of a port stops requesters whose bus is not behind it; the kernel never asks for that bit.',
    explains: ({ stops }) => stops.has('acs-source-validation'),
  },
  {
    name: 'egress-vector-clear',
    cause:
      'Egress Control whose vector has no bit for the peer lets the request pass, even with Request Redirect set; the kernel takes the control bit alone for a redirect.',
    explains: (pair) =>
      isDirectAllTheSame(pair) && redirecting(pair.verdict).some((port) => isIngress(pair.verdict, port, PCI_ACS_EC)),
  },
  {
    name: 'redirect-at-common-bridge',
    cause:
      'Bits of the bridge where the paths meet count for the kernel. A request that turns below it never arrives there.',
    explains: (pair) =>
      isDirectAllTheSame(pair) && redirecting(pair.verdict).some(({ port }) => port === pair.verdict.commonUpstream),
  },
  {
    name: 'redirect-beside-the-turn',
    cause:
      'The kernel counts Request Redirect, Completion Redirect and Egress Control of every function on both paths. Hardware looks at Request Redirect and Egress Control of the port where the request comes in beside its target, and at Completion Redirect of the port where the completion does: bits of ports further down, of endpoints, and of the respective other port turn nothing.',
    explains: isDirectAllTheSame,
  },
];

const WITHOUT_P2PDMA: ReadonlySet<string> = new Set(['kernel-too-old', 'config-p2pdma-off']);

/** Which bits the kernel counted. */
function redirecting(verdict: Verdict): readonly RedirectingPort[] {
  return verdict.reasons.flatMap((reason) => (reason.code === 'acs-redirect' ? reason.ports : []));
}

/** The kernel saw redirects, and none of them turns a packet of the pair. */
function isDirectAllTheSame({ verdict, kernel, hardware }: ComparedPair): boolean {
  const ports = redirecting(verdict);
  const differs = !kernel.has('direct') && hardware.has('direct');
  return differs && ports.length > 0 && ports.every((port) => isOffPath(verdict, port));
}

/** Is this the port where the request comes in beside its target, counted for `bit`? */
function isIngress({ client, commonUpstream }: Verdict, { port, bits }: RedirectingPort, bit: number): boolean {
  return (bits & bit) !== 0 && port === childTowards(commonUpstream, client);
}

/** The function below `common` on the way to `fn`. */
function childTowards(common: PciFunction | undefined, fn: PciFunction): PciFunction | undefined {
  for (let at: PciFunction | undefined = fn.physfn ?? fn; at !== undefined; at = at.parent) {
    if (at.parent === common) return at;
  }
  return undefined;
}

/** Do the bits of a port turn neither requests nor completions of the pair? */
function isOffPath({ provider, client, commonUpstream }: Verdict, { port, bits }: RedirectingPort): boolean {
  if (port === childTowards(commonUpstream, client)) {
    if (bits & PCI_ACS_EC) return vectorIsClear(port);
    return (bits & PCI_ACS_RR) === 0;
  }
  return port !== childTowards(commonUpstream, provider) || (bits & PCI_ACS_CR) === 0;
}

/** Does egress control let some peer pass? */
function vectorIsClear({ acs }: PciFunction): boolean {
  if (acs.state !== 'known' || acs.value.egressVector.state !== 'known') return false;
  return acs.value.egressVector.value.some((word) => word !== 0xffff_ffff);
}

function sameDevice(a: PciFunction, b: PciFunction): boolean {
  const [pa, pb] = [a.physfn ?? a, b.physfn ?? b];
  return pa === pb || (pa.parent === pb.parent && pa.hostBridge === pb.hostBridge && samePlace(pa, pb));
}

/** On a link there is one device; elsewhere a slot is one. */
function samePlace(a: PciFunction, b: PciFunction): boolean {
  const type = a.parent?.pcie.state === 'known' ? a.parent.pcie.value.type : undefined;
  const isLink = type === 4 || type === 6;
  return isLink || (Math.floor(a.bdf / 0x100) === Math.floor(b.bdf / 0x100) && bdfDevice(a.bdf) === bdfDevice(b.bdf));
}
