import { withoutByteOrderMark } from '../../base/index.ts';
import { decodeQuotedPrintable } from './quoted-printable.ts';
import { renumberParts } from './renumber.ts';
import { PassageSplitter, type SplitText } from './split-passages.ts';

/** Reads a whole text, a raw mail too. Never throws. @param source what to call it in messages */
export function readText(bytes: Uint8Array, source: string): SplitText {
  const splitter = new PassageSplitter(source);
  const text = withoutByteOrderMark(bytes) ?? bytes;
  const mail = decodeQuotedPrintable(text);
  splitter.take(mail?.bytes ?? text);
  const split = splitter.finish();
  return mail === undefined ? split : { ...split, parts: renumberParts(split.parts, mail.lines) };
}
