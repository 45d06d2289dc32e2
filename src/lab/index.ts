export * from './machine/index.ts';
export * from './scenario/index.ts';
