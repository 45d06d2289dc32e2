export { Ioas, type IoasMapFileRequest } from './ioas.ts';
