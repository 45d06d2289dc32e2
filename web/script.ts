/** Scripts that come later: a page from disk can load nothing else. */

/** Loads a script that stands beside the page, for what it leaves behind. Rejects where it is missing. */
export function loadScript<Value>(file: string, left: () => Value | undefined): Promise<Value> {
  return new Promise((done, failed) => {
    const element = document.createElement('script');
    const missing = (): void => failed(new Error(`The file ${file}, which stands beside the page, cannot be read.`));
    element.src = `./${file}`;
    element.addEventListener('error', missing);
    element.addEventListener('load', () => {
      const value = left();
      if (value === undefined) missing();
      else done(value);
    });
    document.head.append(element);
  });
}
