export { P2P_DISTANCE_FORM } from './p2p-distance-form.ts';
export { PEER_DISTANCE_FORM } from './peer-distance-form.ts';
