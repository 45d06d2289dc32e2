/** The machines that come with the page. */
import busOffset from '../../examples/machines/bus-offset.yaml?raw';
import desktop from '../../examples/machines/desktop-2gpu.yaml?raw';
import intelDesktop from '../../examples/machines/desktop-2gpu-intel-client.yaml?raw';
import listed from '../../examples/machines/dual-socket-allowlisted.yaml?raw';
import unlisted from '../../examples/machines/dual-socket-unlisted.yaml?raw';
import hgx from '../../examples/machines/hgx-8gpu.yaml?raw';
import sriov from '../../examples/machines/sriov.yaml?raw';
import passthrough from '../../examples/machines/vm-passthrough.yaml?raw';
import vmd from '../../examples/machines/vmd.yaml?raw';

/** Descriptions by file name. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  'hgx-8gpu': hgx,
  'desktop-2gpu': desktop,
  'desktop-2gpu-intel-client': intelDesktop,
  'dual-socket-allowlisted': listed,
  'dual-socket-unlisted': unlisted,
  'bus-offset': busOffset,
  sriov,
  'vm-passthrough': passthrough,
  vmd,
};
