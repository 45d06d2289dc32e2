/** The code of a failed call (ENOENT), or what it says. */
export function errorCode(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return typeof code === 'string' ? code : String(message ?? error);
}

/** What an error says, but for what follows its first line: more is of use to nobody. */
export function firstLine(error: unknown): string {
  const [line = ''] = String((error as Error).message ?? error).split('\n');
  return line.trim();
}
