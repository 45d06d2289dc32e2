/** Who reads a report: hints name what they can do next, options of the command or places of the page. */
export type Reader = 'command' | 'page';
