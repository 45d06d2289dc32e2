/** pci.ids: the copy that is shipped, or a newer one of this host. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PciNames, pciIdsDate } from '../pci/index.ts';

/** Made by the build from assets/pci.ids; the built library and the bundled command lie one folder below `dist`. */
const SHIPPED = fileURLToPath(new URL('../assets/pci.ids', import.meta.url));
const HOST = ['/usr/share/hwdata/pci.ids', '/usr/share/misc/pci.ids', '/usr/share/pci.ids'];

/** Names from the newest pci.ids at hand; undefined when there is none. */
export function loadPciNames(): PciNames | undefined {
  const dated = [SHIPPED, ...HOST]
    .map((path) => ({ path, date: pciIdsDate(head(path)) }))
    .filter(({ date }) => date !== '');
  const newest = dated.reduce<(typeof dated)[number] | undefined>(
    (best, next) => (best === undefined || next.date > best.date ? next : best),
    undefined,
  );
  return newest === undefined ? undefined : new PciNames(readFileSync(newest.path, 'utf8'));
}

/** The date stands within the first lines. */
function head(path: string): string {
  try {
    const file = openSync(path, 'r');
    const bytes = Buffer.alloc(512);
    const length = readSync(file, bytes);
    closeSync(file);
    return bytes.toString('latin1', 0, length);
  } catch {
    return '';
  }
}
