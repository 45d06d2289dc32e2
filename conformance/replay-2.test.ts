import { replayShare } from './replay-shard.ts';

replayShare(1, 4);
