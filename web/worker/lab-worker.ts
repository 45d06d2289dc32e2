/** The worker that knows descriptions and scenarios beside captures: of a described machine, or of a scenario. */
import { answerMessages } from './answer.ts';
import { labSession } from './lab/session.ts';
import { InputReader } from './read-described.ts';
import { readCaptureFile } from './read-input.ts';
import { reportSession } from './report-session.ts';
import { session } from './session.ts';

const reader = new InputReader(readCaptureFile);
answerMessages({ ...session((input) => reader.machine(input)), ...labSession(reader), ...reportSession(reader) });
