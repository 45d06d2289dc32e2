/** The scenarios that come with the page: all of them, so that none is forgotten. */
const FILES: Readonly<Record<string, string>> = import.meta.glob('../../../examples/scenarios/*.yaml', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Texts by file name. */
export const SCENARIOS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(FILES).map(([path, text]) => [path.replace(/^.*\/|\.yaml$/g, ''), text]),
);
