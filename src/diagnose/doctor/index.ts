export { type Ailment, type Layer, layerOf } from './ailment.ts';
export { examine } from './examine.ts';
