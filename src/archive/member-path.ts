/** Names of archive members as paths of a tree. */

/** Linux' PATH_MAX: no tree has longer paths. */
const MAX_LENGTH = 4096;
/** Thrice the depth of a function below ten switches. */
const MAX_DEPTH = 100;

/** What was made of a name. */
export interface MemberPath {
  /** Without leading slash and `.` parts; empty for the root; undefined when the name is refused. */
  readonly path: string | undefined;
  readonly problem?: 'outside' | 'absolute' | 'long' | 'not-utf8';
}

/** A name that climbs (`..`) is refused, whatever it ends at: no honest archive has one. */
export function memberPath(name: string): MemberPath {
  const rest = name.startsWith('./') ? name.slice(2) : name;
  const plain = rest.endsWith('/') ? rest.slice(0, -1) : rest;
  if (plain.length > MAX_LENGTH) return { path: undefined, problem: 'long' };
  const path = isPlain(plain) ? plain : cleanPath(plain);
  if (path === undefined) return { path, problem: 'outside' };
  if (plain.length > 2 * MAX_DEPTH && path.split('/').length > MAX_DEPTH) return { path: undefined, problem: 'long' };
  if (name.includes('\ufffd')) return { path, problem: 'not-utf8' };
  return name.startsWith('/') ? { path, problem: 'absolute' } : { path };
}

/** Has no empty and no dotted part; nearly all names. */
function isPlain(path: string): boolean {
  return path !== '' && path[0] !== '/' && path[0] !== '.' && !path.includes('//') && !path.includes('/.');
}

function cleanPath(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}
