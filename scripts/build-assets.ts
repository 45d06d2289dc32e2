/** Makes what the package ships beside code, a compacted pci.ids, and takes away what it no longer does. Run by `npm run build`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactPciIds } from '../src/pci/index.ts';

// The compiler leaves what sources made that are gone, and the bundler its parts under names of before: both would be packed.
for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  const [, source] = /^(?!assets|bin|web)(.*?)(?:\.d)?\.[jt]s(?:\.map)?$/.exec(path) ?? [];
  if (source !== undefined && (path.endsWith('.map') || !existsSync(`src/${source}.ts`))) rmSync(join('dist', path));
}
rmSync('dist/bin', { recursive: true, force: true });

mkdirSync('dist/assets', { recursive: true });
writeFileSync('dist/assets/pci.ids', compactPciIds(readFileSync('assets/pci.ids', 'utf8')));

// The bundled command is CommonJS within a package of modules.
mkdirSync('dist/bin', { recursive: true });
writeFileSync('dist/bin/package.json', '{ "type": "commonjs" }\n');
