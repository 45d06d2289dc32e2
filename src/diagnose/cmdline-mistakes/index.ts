export { cmdlineMistakes } from './find-mistakes.ts';
export type { AcsOption, CmdlineMistake } from './mistake.ts';
