/** Writes the site to `site-out/`, or to the folder that is named: `npm run -s site -- [FOLDER]`. Ends with 1 on dead links. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { buildSite } from './build-site.ts';

const ROOT = new URL('..', import.meta.url).pathname;

const out = resolve(process.argv[2] ?? join(ROOT, 'site-out'));
const { files, faults } = await buildSite(ROOT);
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exitCode = 1;
} else {
  rmSync(out, { recursive: true, force: true });
  for (const [path, content] of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), content);
  }
  const pages = [...files.keys()].filter((path) => path.endsWith('.html')).length;
  process.stdout.write(`${pages} pages in ${out}; open index.html, or put the folder on any web server\n`);
}
