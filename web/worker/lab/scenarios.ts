/** The scenarios that come with the page. */
import busAddressBeyondMask from '../../../examples/scenarios/bus-address-beyond-mask.yaml?raw';
import busOffsetArm from '../../../examples/scenarios/bus-offset-arm.yaml?raw';
import fiveTibInChunks from '../../../examples/scenarios/five-tib-in-chunks.yaml?raw';
import gpuNicAcsRedirect from '../../../examples/scenarios/gpu-nic-acs-redirect.yaml?raw';
import gpuNicOneSwitch from '../../../examples/scenarios/gpu-nic-one-switch.yaml?raw';
import importerKeepsMapping from '../../../examples/scenarios/importer-keeps-mapping.yaml?raw';
import importersRefused from '../../../examples/scenarios/importers-refused.yaml?raw';
import iommuOffIsFaster from '../../../examples/scenarios/iommu-off-is-faster.yaml?raw';
import multiRangeIommu73 from '../../../examples/scenarios/multi-range-iommu-7.3.yaml?raw';
import multiRangeIommuIntended from '../../../examples/scenarios/multi-range-iommu-intended.yaml?raw';
import nvmeGpuAcrossSocketsAllowlisted from '../../../examples/scenarios/nvme-gpu-across-sockets-allowlisted.yaml?raw';
import nvmeGpuAcrossSocketsUnlisted from '../../../examples/scenarios/nvme-gpu-across-sockets-unlisted.yaml?raw';
import resetDoesNotWait70 from '../../../examples/scenarios/reset-does-not-wait-7.0.yaml?raw';
import revokeDuringTraffic from '../../../examples/scenarios/revoke-during-traffic.yaml?raw';
import surpriseUnplug from '../../../examples/scenarios/surprise-unplug.yaml?raw';
import throughHostBridgeIommu from '../../../examples/scenarios/through-host-bridge-iommu.yaml?raw';
import vmPassthrough from '../../../examples/scenarios/vm-passthrough.yaml?raw';
import wrongDmaMask from '../../../examples/scenarios/wrong-dma-mask.yaml?raw';

/** Texts by file name. */
export const SCENARIOS: Readonly<Record<string, string>> = {
  'bus-address-beyond-mask': busAddressBeyondMask,
  'bus-offset-arm': busOffsetArm,
  'five-tib-in-chunks': fiveTibInChunks,
  'gpu-nic-acs-redirect': gpuNicAcsRedirect,
  'gpu-nic-one-switch': gpuNicOneSwitch,
  'importer-keeps-mapping': importerKeepsMapping,
  'importers-refused': importersRefused,
  'iommu-off-is-faster': iommuOffIsFaster,
  'multi-range-iommu-7.3': multiRangeIommu73,
  'multi-range-iommu-intended': multiRangeIommuIntended,
  'nvme-gpu-across-sockets-allowlisted': nvmeGpuAcrossSocketsAllowlisted,
  'nvme-gpu-across-sockets-unlisted': nvmeGpuAcrossSocketsUnlisted,
  'reset-does-not-wait-7.0': resetDoesNotWait70,
  'revoke-during-traffic': revokeDuringTraffic,
  'surprise-unplug': surpriseUnplug,
  'through-host-bridge-iommu': throughHostBridgeIommu,
  'vm-passthrough': vmPassthrough,
  'wrong-dma-mask': wrongDmaMask,
};
