export { PEER_DISTANCE_FORM } from './peer-distance-form.ts';
