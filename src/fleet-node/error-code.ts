/** The code of a failed call (ENOENT), or what it says. */
export function errorCode(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return typeof code === 'string' ? code : String(message ?? error);
}
