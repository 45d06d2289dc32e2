/** The words for what a function is good for. */

/** Devices that people do peer-to-peer DMA with, then other endpoints, then bridges, then parts of the platform. */
export type DeviceKind =
  /** Computes: NVIDIA, AMD and Intel display or 3D controllers, 3D controllers of anybody. */
  | 'gpu'
  | 'accelerator'
  | 'nvswitch'
  | 'nic'
  /** InfiniBand. */
  | 'ib'
  /** The network function of a data processing unit. */
  | 'dpu'
  | 'nvme'
  | 'storage'
  /** Only shows: of a management controller, an emulator, a server without graphics. */
  | 'display'
  | 'wireless'
  /** Captures pictures. */
  | 'video'
  | 'audio'
  | 'usb'
  | 'memory'
  | 'other'
  | 'root-port'
  | 'switch-upstream'
  | 'switch-downstream'
  | 'bridge'
  | 'host-bridge'
  | 'system'
  /** Audio, USB and USB-C functions of a GPU's card. */
  | 'companion'
  /** Of a switch chip, for whoever configures it. */
  | 'switch-management'
  /** Stands where there has to be something. */
  | 'dummy';
