/** The worker that reads everything: texts of every form, and reports that hold such texts, beside the rest. */
import { answerMessages } from './answer.ts';
import { labSession } from './lab/session.ts';
import { InputReader } from './read-described.ts';
import { readAllFiles } from './read-input.ts';
import { reportSession } from './report-session.ts';
import { session } from './session.ts';

const reader = new InputReader(readAllFiles);
answerMessages({ ...session((input) => reader.machine(input)), ...labSession(reader), ...reportSession(reader) });
