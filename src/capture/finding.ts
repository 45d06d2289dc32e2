/** Something wrong or surprising in an input, or in what it describes. Readers return these, they never throw. */
export interface Finding {
  /** Stable name for programs, for example `config-odd-length`. */
  readonly code: string;
  /** `damaged`: part of the input was lost. `notice`: all was read, but people should know. */
  readonly severity: 'damaged' | 'notice';
  /** Where: a member of the archive, a line ("line 12"), or a device ("0000:01:00.0"). */
  readonly where: string;
  /** One sentence, without the place. */
  readonly text: string;
}
