/** The worker that knows descriptions and scenarios, too: of a described machine, or of a scenario. */
import { answerMessages } from './answer.ts';
import { labSession } from './lab/session.ts';
import { readMachineInput } from './read-input.ts';
import { session } from './session.ts';

answerMessages({ ...session(readMachineInput), ...labSession() });
