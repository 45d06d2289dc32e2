import { replayShare } from './replay-shard.ts';

replayShare(3, 4);
