import { replayShare } from './replay-shard.ts';

replayShare(0, 4);
