/** Lines of a kernel configuration. */

/** `CONFIG_X=value`, texts without their quotes; `# CONFIG_X is not set` is `n`. The first line about an option counts. */
export function parseConfig(text: string): Map<string, string> {
  const config = new Map<string, string>();
  for (const [, name, value, unset] of text.matchAll(/^(?:(CONFIG_\w+)=(.*)|# (CONFIG_\w+) is not set)$/gm)) {
    if (name !== undefined && !config.has(name)) config.set(name, (value ?? '').replace(/^"(.*)"$/, '$1'));
    else if (unset !== undefined && !config.has(unset)) config.set(unset, 'n');
  }
  return config;
}
