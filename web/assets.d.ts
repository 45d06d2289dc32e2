declare module '*?raw' {
  const text: string;
  export default text;
}
declare module '*?worker&inline' {
  const make: new (options?: { name?: string }) => Worker;
  export default make;
}

/** Vite's: texts by path, all of them at once. */
interface ImportMeta {
  readonly glob: (
    pattern: string,
    how: { readonly query: '?raw'; readonly import: 'default'; readonly eager: true },
  ) => Readonly<Record<string, string>>;
}
