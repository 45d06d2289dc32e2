export { type Ailment, type Layer, layerOf, type Weight, weightOf } from './ailment.ts';
export { examine } from './examine.ts';
export { isResting, slowLink } from './slow-link.ts';
