/** What stands in a box, and where: nothing over anything else, and what there is no room for is left out. */

/** A word with a frame of its own. */
export interface Tag {
  readonly text: string;
  /** Class names. */
  readonly looks: string;
}

/** What there is to say. What comes first in `tags` is kept longest. */
export interface BoxContent {
  readonly icon: boolean;
  /** Which stop of a packet it is. */
  readonly numbers: string;
  readonly title: string;
  /** An address is written as one, and not boldly. */
  readonly plain: boolean;
  readonly detail: string;
  readonly tags: readonly Tag[];
  /** Room for what folds it. */
  readonly folds: boolean;
}

/** Something at a place. */
export interface Part {
  readonly x: number;
  readonly width: number;
}

/** A word at a place. */
export interface TextPart extends Part {
  readonly text: string;
}

/** Everything in its place, from left to right. */
export interface BoxParts {
  readonly numbers: TextPart | undefined;
  readonly icon: Part | undefined;
  readonly title: TextPart;
  readonly detail: TextPart | undefined;
  readonly tags: readonly (TextPart & Tag)[];
  readonly fold: Part | undefined;
}

const [LEFT, RIGHT, SPACE] = [6, 4, 4];
const ICON = 16;
const FOLD = 16;
/** Letters in a tag have so much on both sides. */
const TAG_PAD = 3;
const LEAST_DETAIL = 34;

/** Puts the content into a box. */
export function boxParts(content: BoxContent, width: number): BoxParts {
  let room = width - LEFT - RIGHT;
  const take = (wanted: number): boolean => {
    if (wanted + SPACE > room) return false;
    room -= wanted + SPACE;
    return true;
  };
  const fold = content.folds && take(FOLD);
  const number = content.numbers === '' ? 0 : Math.max(15, codeWidth(content.numbers) + 8);
  const numbered = number > 0 && take(number);
  const widthOf = content.plain ? codeWidth : titleWidth;
  const title = clip(content.title, room, widthOf);
  room -= widthOf(title);
  const tags = content.tags.filter(({ text }) => take(codeWidth(text) + 2 * TAG_PAD));
  const icon = content.icon && take(ICON);
  const detail = room - SPACE < LEAST_DETAIL ? '' : clip(content.detail, room - SPACE, codeWidth);
  let x = LEFT;
  const next = (own: number): Part => {
    const part = { x, width: own };
    x += own + SPACE;
    return part;
  };
  const numbersPart = numbered ? { ...next(number), text: content.numbers } : undefined;
  const iconPart = icon ? next(ICON) : undefined;
  const titlePart = { ...next(widthOf(title)), text: title };
  const detailPart = detail === '' ? undefined : { ...next(codeWidth(detail)), text: detail };
  let right = width - RIGHT;
  const back = (own: number): Part => {
    right -= own;
    const part = { x: right, width: own };
    right -= SPACE;
    return part;
  };
  const foldPart = fold ? back(FOLD) : undefined;
  return {
    numbers: numbersPart,
    icon: iconPart,
    title: titlePart,
    detail: detailPart,
    tags: tags.map((tag) => ({ ...tag, ...back(codeWidth(tag.text) + 2 * TAG_PAD) })),
    fold: foldPart,
  };
}

/** Letters by how wide they are. */
const NARROW = /[ijl.,:;'|!()[\]I -]/;
const BROAD = /[MWmw@%×–…]/;
const UPPER = /[A-Z]/;

/** At most so wide is bold text of 12 pixels, in the widest of the usual fonts. */
export function titleWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += letterWidth(letter);
  return width;
}

/** Of letters that were asked for. */
const widths = new Map<string, number>();

function letterWidth(letter: string): number {
  const known = widths.get(letter);
  if (known !== undefined) return known;
  const found = widthOfLetter(letter);
  widths.set(letter, found);
  return found;
}

function widthOfLetter(letter: string): number {
  if (BROAD.test(letter)) return 12;
  if (letter > '\u02ff') return 12.2;
  if (NARROW.test(letter)) return 5.2;
  return UPPER.test(letter) ? 9.4 : 8.3;
}

/** At most so wide is monospaced text of 11 pixels. */
export function codeWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += letter > '\u2fff' ? 11.2 : 6.63;
  return width;
}

/** As much of a text as there is room for, with a mark where some is left out. */
function clip(text: string, room: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= room) return text;
  const letters = [...text];
  while (letters.length > 0 && widthOf(`${letters.join('')}…`) > room) letters.pop();
  return letters.length === 0 ? '' : `${letters.join('')}…`;
}
