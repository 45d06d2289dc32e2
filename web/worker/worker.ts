/** The worker of the first view: it reads captures. */
import { err } from '../../src/base/index.ts';
import { answerMessages } from './answer.ts';
import { filesOf, readCaptureFile } from './read-input.ts';
import { session } from './session.ts';

answerMessages(
  session(async (input) => {
    if (input.from !== 'bytes') return err({ error: `This worker reads captures, not "${input.name}".` });
    return readCaptureFile(filesOf(input), input.machine ?? 0);
  }),
);
