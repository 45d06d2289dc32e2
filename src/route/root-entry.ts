/** The root complex before translation: interrupt window, and what may bypass the IOMMU. */
import { acsOf, hasAllBits, type PciFunction } from '../pci/index.ts';
import { PCI_ACS_EC, rootBusName } from '../uapi/index.ts';
import { decidePeer } from './acs-decision.ts';
import type { Bus } from './bus-tree.ts';
import { type Claim, claimsOn } from './claims.ts';
import { deliver } from './descend.ts';
import type { Packet } from './packet.ts';
import type { HopPlace, MissingFact } from './route-value.ts';
import { after, assumedHop, atFunction, atHostBridge, fork, hop, reach, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** x86: writes here are interrupt requests. Intel SDM 3A "Message Address Register Format". */
const MSI_WINDOW = { start: 0xfee0_0000n, end: 0xfef0_0000n } as const;

/** One packet that has reached the root complex of a root bus. What is left for the IOMMU comes back as `to-iommu`. */
export class RootEntry {
  readonly #world: World;
  readonly #packet: Packet;
  readonly #rootBus: Bus;
  readonly #via: PciFunction;
  readonly #place: HopPlace;

  /** @param via the root port it came through, or the requester where that stands on the root bus itself */
  constructor(world: World, packet: Packet, rootBus: Bus, via: PciFunction) {
    this.#world = world;
    this.#packet = packet;
    this.#rootBus = rootBus;
    this.#via = via;
    this.#place = atHostBridge(rootBus.hostBridge);
  }

  /** Interrupts first. */
  walk(): Walk {
    const { isX86 } = this.#world;
    const { kind, addressType, span } = this.#packet;
    if (!span.isIn(MSI_WINDOW) || (isX86.state === 'known' && !isX86.value)) return this.#asMemory();
    const interrupt =
      kind === 'write' && addressType === 'untranslated'
        ? reach(hop(this.#place, 'inside', 'msi-window'), { kind: 'msi' })
        : stop(this.#place, 'inside', { reason: 'unsupported-request', rule: 'msi-window-blocked' });
    if (isX86.state === 'known') return interrupt;
    const why = isX86.state === 'unreadable' ? isX86.why : 'not in this input';
    const missing = [{ fact: 'processor architecture', device: 'machine', why }];
    return fork(this.#place, 'inside', 'architecture-unknown', missing, [interrupt, this.#asMemory()]);
  }

  /**
   * An address in the window of another root port: egress control may stop it, and without Request Redirect a root
   * complex may route it there before translation. Only matters where translation would lead elsewhere.
   */
  #asMemory(): Walk {
    const toIommu: Walk = { kind: 'to-iommu', hops: [], rootBus: this.#rootBus };
    const { requester, span, addressType } = this.#packet;
    const { acs: view, rootComplexP2P } = this.#world;
    const [claim] = claimsOn(this.#world, this.#rootBus, span, this.#via).claims;
    if (claim === undefined) return toIommu;
    const acs = acsOf(view, this.#via);
    const controls = acs.state === 'known' && hasAllBits(acs.value.control, PCI_ACS_EC) !== false;
    const { pcie } = claim.fn;
    const decision = decidePeer(view, this.#via, addressType, pcie.state === 'known' ? pcie.value.portNumber : pcie);
    const [blocked] = (decision.kind === 'unknown' ? decision.ways : [decision]).flatMap((way) =>
      way.kind === 'blocked'
        ? [stop(atFunction(this.#via), 'from-below', { reason: 'acs-violation', rule: way.rule }, way.register)]
        : [],
    );
    if (decision.kind === 'blocked' && blocked !== undefined) return blocked;
    if (decision.kind === 'redirect') {
      return after([hop(atFunction(this.#via), 'from-below', decision.rule, decision.register)], toIommu);
    }
    const { mode } = this.#world.iommu(requester);
    const sameEitherWay = mode === 'off' || mode === 'passthrough' || addressType === 'translated';
    if ((sameEitherWay && !controls) || rootComplexP2P === 'none') return toIommu;
    const device = rootBusName(this.#rootBus.hostBridge);
    const missing: readonly MissingFact[] =
      decision.kind === 'unknown'
        ? decision.missing
        : [{ fact: 'routing before translation', device, why: 'no register tells' }];
    const branches = [this.#direct(claim), toIommu, ...(controls && blocked !== undefined ? [blocked] : [])];
    return fork(this.#place, 'inside', 'root-port-direct-unknown', missing, branches);
  }

  #direct(claim: Claim): Walk {
    const first = assumedHop(this.#place, 'inside', 'root-complex-p2p', 'root-complex-p2p');
    return after([first], deliver(this.#world, claim, this.#packet.span));
  }
}
