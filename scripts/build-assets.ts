/** Makes what the package ships beside code: a compacted pci.ids. Run by `npm run build`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { compactPciIds } from '../src/pci/index.ts';

mkdirSync('dist/assets', { recursive: true });
writeFileSync('dist/assets/pci.ids', compactPciIds(readFileSync('assets/pci.ids', 'utf8')));

// The bundled command is CommonJS within a package of modules.
mkdirSync('dist/bin', { recursive: true });
writeFileSync('dist/bin/package.json', '{ "type": "commonjs" }\n');
