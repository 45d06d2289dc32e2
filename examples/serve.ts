/** The page on a port of this host, and closed again. As `peerpath web` does. */
import { fileURLToPath } from 'node:url';
import { servedSource, servePage } from 'peerpath/node';

const file = process.argv[2] ?? fileURLToPath(new URL('machines/desktop-2gpu.yaml', import.meta.url));
const source = await servedSource(file, {});
if (!source.ok) throw new Error(source.error.text);
const page = await servePage(source.value, { host: '127.0.0.1', port: 0 });
const answer = await fetch(page.url);
console.log(`${answer.status} ${(await answer.text()).includes('<title>') ? 'a page' : 'no page'}`);
await page.close();
