import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { AnyPipeline } from '../../../decorators/context.js';
import type { TokenBus } from '../../ports/token-bus.js';
import type { Enqueue } from '../postgres/enqueue.js';
import type { ItemDesk } from '../postgres/item-desk.js';
import type { RunDesk } from '../postgres/run-desk.js';
import type { LiveRuns } from './live-runs.js';

/** What a worker executes turns with. */
export interface TurnRoom {
  readonly pipelines: ReadonlyMap<string, AnyPipeline>;
  readonly bus: TokenBus;
  readonly desk: RunDesk;
  readonly items: ItemDesk;
  readonly dbos: DBOSClient;
  readonly enqueue: Enqueue;
  readonly live: LiveRuns;
  /** Told of what goes wrong beside the runs. */
  readonly onError: (error: unknown) => void;
}
