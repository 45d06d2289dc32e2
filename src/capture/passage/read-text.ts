import { PassageSplitter, type SplitText } from './split-passages.ts';

/** Reads a whole text. Never throws. @param source what to call it in messages */
export function readText(bytes: Uint8Array, source: string): SplitText {
  const splitter = new PassageSplitter(source);
  splitter.take(bytes);
  return splitter.finish();
}
