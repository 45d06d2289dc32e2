export { pathSpec, type RedirectFix, redirectFix } from './redirect-fix.ts';
