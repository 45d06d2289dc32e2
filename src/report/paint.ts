/** Colours, passed in by whoever knows where the text goes; meaning never depends on them. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly red: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const same = (text: string): string => text;

/** No colours: files, pipes, tests. */
export const PLAIN: Paint = { bold: same, dim: same, green: same, yellow: same, red: same, cyan: same };
