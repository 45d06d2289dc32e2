/** Small drawings of kinds of devices, 16 by 16. */
import type { DeviceKind } from '../../src/pci/index.ts';

/** Outlines by kind. */
export const KIND_PATHS: Readonly<Record<DeviceKind, string>> = {
  gpu: 'M1.5 4.5h13v7h-13zM5.5 8m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M10.5 8m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M3.5 11.5v2',
  accelerator: 'M8 1.5l5.6 3.25v6.5L8 14.5l-5.6-3.25v-6.5zM8 5.2l2.4 1.4v2.8L8 10.8L5.6 9.4V6.6z',
  nvswitch: 'M2 4h12v8H2zM5 4v8M8 4v8M11 4v8',
  nic: 'M2.5 3h11v10h-11zM5.5 13v-3h5v3M6 3v2.5M8 3v2.5M10 3v2.5',
  ib: 'M2.5 3h11v10h-11zM5.5 13v-3h5v3M6 3v2.5M8 3v2.5M10 3v2.5',
  dpu: 'M2.5 3h11v10h-11zM5.5 13v-3h5v3M6 3v2.5M10 3v2.5M6 6.5h4v2H6z',
  nvme: 'M1.5 5.5h13v5h-13zM4 5.5v-2M6 5.5v-2M8 5.5v-2M3.5 8h4M10.5 8h2',
  storage:
    'M3 4c0-1.2 2.2-2 5-2s5 .8 5 2v8c0 1.2-2.2 2-5 2s-5-.8-5-2zM3 4c0 1.2 2.2 2 5 2s5-.8 5-2M3 8c0 1.2 2.2 2 5 2s5-.8 5-2',
  display: 'M2 3h12v8H2zM8 11v2.5M5 13.5h6',
  wireless: 'M8 13v-3M5.5 8.5a3.5 3.5 0 0 1 5 0M3.3 6.3a6.6 6.6 0 0 1 9.4 0',
  video: 'M2 4.5h8v7H2zM10 7l4-2v6l-4-2z',
  memory: 'M1.5 5h13v6h-13zM4 5v6M7 5v6M10 5v6M13 5v6',
  usb: 'M8 14V3M8 3L6.3 5.2M8 3l1.7 2.2M8 11L4.5 9V7M8 9l3.5-1.8V5.5',
  audio: 'M2.5 6h2.8L9 3v10L5.3 10H2.5zM11.3 5.6a3.6 3.6 0 0 1 0 4.8',
  other: 'M3.5 3.5h9v9h-9z',
  'host-bridge': 'M2 3h12v10H2zM2 8h12M6 8v5M10 8v5',
  'root-port': 'M3 3h10v5H3zM8 8v5M5 11l3 2.5L11 11',
  'switch-upstream': 'M2.5 5h11M2.5 11h11M10.5 2.5L13.5 5l-3 2.5M5.5 8.5L2.5 11l3 2.5',
  'switch-downstream': 'M4 2.5h8v5H4zM8 7.5v6M5.5 11L8 13.5l2.5-2.5',
  bridge: 'M2 12V8a6 6 0 0 1 12 0v4M2 12h12',
  companion: 'M3.5 3.5h9v9h-9zM6 6h4v4H6z',
  'switch-management': 'M2.5 5h11M2.5 11h11M5 5v6M11 5v6',
  dummy: 'M3.5 3.5h9v9h-9zM3.5 12.5l9-9',
  system: 'M8 8m-2.2 0a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0M8 1.8v2.4M8 11.8v2.4M1.8 8h2.4M11.8 8h2.4',
};

/** Words by kind. */
export const KIND_WORDS: Readonly<Record<DeviceKind, string>> = {
  gpu: 'GPU',
  accelerator: 'accelerator',
  nvswitch: 'NVSwitch',
  nic: 'network',
  ib: 'InfiniBand',
  dpu: 'DPU',
  nvme: 'NVMe drive',
  storage: 'storage',
  display: 'display',
  wireless: 'wireless',
  video: 'video capture',
  memory: 'memory',
  usb: 'USB',
  audio: 'audio',
  other: 'device',
  'host-bridge': 'host bridge',
  'root-port': 'root port',
  'switch-upstream': 'switch, upstream port',
  'switch-downstream': 'switch, downstream port',
  bridge: 'bridge',
  companion: 'function of a GPU card',
  'switch-management': 'management of a switch',
  dummy: 'placeholder',
  system: 'part of the platform',
};

/** One kind's drawing in running text. */
export function KindIcon({ kind }: { readonly kind: DeviceKind }) {
  return (
    <svg class={`icon kind-${kind}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={KIND_PATHS[kind]} />
    </svg>
  );
}
