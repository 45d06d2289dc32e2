/** What pasting puts around lines, and in their place. */

/** What `grep -A` and `grep -B` print where lines are missing. */
export const BETWEEN_MATCHES = '--';

/** Does an unquoted line end what came before it: a Markdown fence, or a shell prompt with a command? */
export function isFenceOrPrompt(line: string): boolean {
  if (line.startsWith('```') || line.startsWith('~~~')) return true;
  const prompt = /^(.{0,80}?)[$#%>] +\S/.exec(line)?.[1];
  return prompt !== undefined && (prompt === '' || prompt.includes('@') || prompt.startsWith('['));
}

/** Does the line say that something was left out here ("...", "[snip]", "(truncated)", and between matches of grep "--")? */
export function isEllipsis(line: string): boolean {
  return (
    line === BETWEEN_MATCHES ||
    /^[[({<*\s-]*(?:\.{2,}|…|snip|cut here|(?:output )?truncated|omitted)[\s\])}>*.…-]*$/i.test(line)
  );
}

/** BBCode, HTML and Markdown for bold, colour, lists and the like. */
const MARKS =
  /\[\/?(?:b|i|u|s|code|color|size|font|quote|url|highlight|spoiler|icode|pre|left|list|indent)(?:=[^\]]*)?\]|<\/?(?:b|i|u|em|strong|code|pre|span|font|p|br|li|tt|mark)(?:\s[^>]*)?\/?>|\*\*|^\s*[*-]\s+/gi;

/** The line without marks that a forum or an editor put around it or into it. */
export function withoutMarks(line: string): string {
  return line.replace(MARKS, '').trim();
}

/** Does an unindented line look like one that lspci prints below a title? */
export function isTextLine(line: string): boolean {
  return /^(?:Subsystem|Control|Status|Flags|Bus|Capabilities|DeviceName|Physical Slot|Latency|Interrupt|NUMA node|IOMMU group|Region \d|Memory at|I\/O ports at|Memory behind bridge|I\/O behind bridge|Prefetchable memory behind bridge|Expansion ROM at|BridgeCtl|Secondary status|Kernel driver in use|Kernel modules|!!!|BIST|Memory window|I\/O window|(?:Dev|Lnk|Slt|Root|ACS|UE|CE|AER|ARI|ATS|IOV|PRI|PASID|LTR|Dpc|L1Sub)\w*|Address|Flags|Vector table|PBA)(?=\W|$)/.test(
    line,
  );
}

/** What lspci says of itself between its lines. */
export function isMessage(line: string): boolean {
  return /^(?:lspci|pcilib):/.test(line);
}

/** May an unindented line below a title be the end of the line above, which something broke? */
export function isEndOfLine(line: string): boolean {
  return !isTextLine(line) && !isMessage(line) && !isEllipsis(line);
}
