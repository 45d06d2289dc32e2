/** The worker of a captured machine. */
import { readInput } from '../../src/archive/index.ts';
import { err } from '../../src/base/index.ts';
import { answerMessages } from './answer.ts';
import { session } from './session.ts';

answerMessages(
  session(async (input) => {
    if (input.from !== 'bytes') return err({ error: `This worker reads captures, not "${input.name}".` });
    const read = await readInput(input.bytes, input.name);
    return read.ok ? read : err({ error: `${read.error.text}.` });
  }),
);
