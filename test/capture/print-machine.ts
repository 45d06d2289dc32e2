/** Run by a test: reads the machine that the first argument names and prints how many functions it has, or the error. */
import { readMachine } from '../../src/node/index.ts';

const result = await readMachine(process.argv[2]);
process.stdout.write(result.ok ? `${result.value.functions.length} functions` : result.error.text);
