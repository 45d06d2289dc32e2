export { type Paint, PLAIN } from './paint.ts';
export {
  type Bar,
  type Block,
  code,
  drawing,
  type Emphasis,
  facts,
  foldedList,
  type Line,
  list,
  type MatrixBlock,
  type MatrixColumn,
  type MatrixRow,
  plainLine,
  type Section,
  type Sheet,
  strong,
  type TableBlock,
  type Tone,
  text,
  toned,
} from './sheet.ts';
export { sheetHtml } from './sheet-html.ts';
export { sheetMarkdown } from './sheet-markdown.ts';
export { sheetText, type TextForm } from './sheet-text.ts';
