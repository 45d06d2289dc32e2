/** Entry of the bundle that `npm run bench` runs. */
import { main } from './main.ts';

process.exitCode = await main(
  process.argv.slice(2),
  (line) => process.stdout.write(`${line}\n`),
  (line) => process.stderr.write(`${line}\n`),
);
