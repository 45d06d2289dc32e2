/** What setpci lines write, carried out on a view of the registers. */
import { type AcsView, editedAcsView, type PciTopology } from '../../src/pci/index.ts';
import { parseBdf } from '../../src/uapi/index.ts';

const LINE = /^setpci -s (\S+) ECAP_ACS\+6\.w=([0-9a-f]+):([0-9a-f]+)$/;

/** The registers after the lines, as setpci masks and writes them. Throws for a line that it would refuse. */
export function afterSetpci(topology: PciTopology, view: AcsView, lines: readonly string[]): AcsView {
  const edits = lines.map((line) => {
    const [, address = '', bits = '', mask = ''] = LINE.exec(line) ?? [];
    const bdf = parseBdf(address);
    const port = bdf === undefined ? undefined : topology.byBdf.get(bdf);
    if (port === undefined) throw new Error(`no such line for setpci: ${line}`);
    return { port, mask: Number.parseInt(mask, 16), bits: Number.parseInt(bits, 16) };
  });
  return editedAcsView(view, edits);
}

/** The Control registers of a view, by function index; undefined without one that is known. */
export function controlsOf({ registers }: AcsView): readonly (number | undefined)[] {
  return registers.map((acs) => (acs.state === 'known' ? acs.value.control.value : undefined));
}
