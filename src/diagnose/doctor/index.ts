export { type Ailment, type Layer, layerOf, type Weight, weightOf } from './ailment.ts';
export { examine } from './examine.ts';
export { slowLink } from './slow-link.ts';
