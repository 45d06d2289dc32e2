/** Texts for terminals as sheets, so that they can be written as Markdown and HTML. */
import { type Block, code, type Section, type Sheet, text } from './sheet.ts';

/**
 * The first line is the answer, the rest of its paragraph the context. A paragraph whose first line alone stands at the
 * edge is a section; any other is a drawing.
 * @param plain text without colours
 * @param drawing the title of drawings
 */
export function textSheet(title: string, plain: string, drawing: string): Sheet {
  const [first = '', ...paragraphs] = plain.split(/\n\n+/);
  const [answer = '', ...context] = first.split('\n');
  return { title, answer, context, sections: paragraphs.map((paragraph) => sectionOf(paragraph, drawing)) };
}

function sectionOf(paragraph: string, drawing: string): Section {
  const [head = '', ...rest] = paragraph.split('\n');
  const titled = !head.startsWith(' ') && rest.length > 0 && rest.every((line) => line.startsWith('  '));
  if (!titled) return { title: drawing, blocks: [code(head, ...rest)] };
  return { title: head, blocks: runs(rest.map((line) => line.slice(2))) };
}

/** Lines further in are commands to paste. */
function runs(lines: readonly string[]): Block[] {
  const blocks: { kind: 'text' | 'code'; lines: string[] }[] = [];
  for (const line of lines) {
    const kind = line.startsWith('  ') ? 'code' : 'text';
    const last = blocks.at(-1);
    if (last?.kind === kind) last.lines.push(line.trim());
    else blocks.push({ kind, lines: [line.trim()] });
  }
  return blocks.map((block) => (block.kind === 'code' ? code(...block.lines) : text(...block.lines)));
}
