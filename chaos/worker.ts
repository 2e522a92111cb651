// One worker process; it is told what to do by its one argument, and says on stdout when it takes runs and what goes wrong.
import { startWorker, type FailoverOptions } from '../src/engine/dbos/index.js';
import { endWithParent } from './end-with-parent.js';
import { Everything } from './everything.js';
import { workAt } from './pace.js';
import { noteVisits } from './visits.js';

export interface WorkerSettings {
  readonly databaseUrl: string;
  readonly speed: number;
  readonly concurrency: number;
  readonly failover: FailoverOptions;
}

const { databaseUrl, speed, concurrency, failover } = JSON.parse(process.argv[2]) as WorkerSettings;
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

endWithParent();
workAt(speed);
noteVisits(databaseUrl);
const worker = await startWorker({
  databaseUrl,
  pipelines: [{ pipeline: new Everything(), concurrency }],
  maxRecoveryAttempts: 10_000,
  failover,
  onError: (error) => say({ what: 'error', error: String((error as Error).stack ?? error) }),
});
say({ what: 'ready', id: worker.id });
process.once('SIGTERM', () => void worker.close({ drain: 0 }).then(() => process.exit(0)));
