/** What pasting puts around lines, and in their place. */

/** Does an unquoted line end what came before it: a Markdown fence, or a shell prompt with a command? */
export function isFenceOrPrompt(line: string): boolean {
  if (line.startsWith('```') || line.startsWith('~~~')) return true;
  const prompt = /^(.{0,80}?)[$#%>] +\S/.exec(line)?.[1];
  return prompt !== undefined && (prompt === '' || prompt.includes('@') || prompt.startsWith('['));
}

/** Does the line say that something was left out here ("...", "[snip]", "(truncated)")? */
export function isEllipsis(line: string): boolean {
  return /^[[({<*\s-]*(?:\.{2,}|…|snip|cut here|(?:output )?truncated|omitted)[\s\])}>*.…-]*$/i.test(line);
}
