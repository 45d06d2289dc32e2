/** The site that this page is a part of (`npm run site`): its first page, from here. Undefined: the page stands alone. */
export const siteAround: string | undefined =
  document.querySelector<HTMLMetaElement>('meta[name="peerpath-site"]')?.content ?? undefined;
