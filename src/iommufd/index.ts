export { DmabufPages } from './dmabuf-pages.ts';
export { Ioas, type IoasMapFileRequest } from './ioas.ts';
