import { replayShare } from './replay-shard.ts';

replayShare(2, 4);
