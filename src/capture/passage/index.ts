export { readText } from './read-text.ts';
export { PassageSplitter, type SplitText } from './split-passages.ts';
