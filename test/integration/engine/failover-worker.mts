// A worker that runs the workflow `slow` straight on DBOS, with our failover around it: see failover.test.ts.
// It says on stdout, one JSON a line, what happens to it.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { Pool } from 'pg';
import { findRecover } from '../../../src/engine/dbos/failover/find-recover.js';
import { Reaper } from '../../../src/engine/dbos/failover/reaper.js';
import { launchDbos } from '../../../src/engine/dbos/launch-dbos.js';
import { WorkerPresence } from '../../../src/engine/dbos/failover/worker-presence.js';
import type { WorkerSettings } from './start-worker-process.js';

const settings = JSON.parse(process.argv[2]!) as WorkerSettings;
const { url, id } = settings;

const say = (what: string, more: object = {}): void => {
  process.stdout.write(`${JSON.stringify({ what, at: Date.now(), ...more })}\n`);
};
const onError = (error: unknown): void => say('error', { error: error instanceof Error ? error.stack : error });

const pool = new Pool({ connectionString: url, max: 4 });
pool.on('error', () => undefined);
const effects = new Pool({ connectionString: url, max: 4 });
effects.on('error', () => undefined);

async function effect(step: number): Promise<void> {
  // Once per time that the body runs, also if the database restarts meanwhile.
  const time = randomUUID();
  for (;;) {
    try {
      await effects.query('INSERT INTO effects VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
        time,
        DBOS.workflowID,
        step,
        id,
      ]);
      return;
    } catch {
      await sleep(50);
    }
  }
}

async function slow(steps: number, milliseconds: number): Promise<string> {
  let text = '';
  for (let step = 0; step < steps; step++) {
    text += await DBOS.runStep(
      async () => {
        await effect(step);
        await sleep(milliseconds);
        return `${step};`;
      },
      { name: `step${step}` },
    );
  }
  return text;
}

/** Kills whoever runs it. */
async function deadly(): Promise<void> {
  await DBOS.runStep(() => effect(0).then(() => process.kill(process.pid, 'SIGKILL')), { name: 'deadly' });
}

DBOS.registerWorkflow(slow, { name: 'slow', className: 'Test', maxRecoveryAttempts: 50 });
DBOS.registerWorkflow(deadly, { name: 'deadly', className: 'Test', maxRecoveryAttempts: 1 });

const silent = { info() {}, debug() {}, warn() {}, error() {} };
const application = { name: 'failover', version: 'v1' };

const presence = await WorkerPresence.start({
  databaseUrl: url,
  pool,
  executorId: id,
  queues: settings.queues,
  heartbeatMs: settings.heartbeatMs,
  onError,
});
// A worker that freezes in the middle of a transaction must not keep its row locks. In the url, since DBOS's own option
// for it makes pg warn on stderr.
const dbosUrl = new URL(url);
dbosUrl.searchParams.set('options', '-c idle_in_transaction_session_timeout=2000');
await launchDbos(url, {
  name: application.name,
  applicationVersion: application.version,
  systemDatabaseUrl: dbosUrl.href,
  executorID: id,
  listenQueues: [...settings.queues],
  logger: silent,
});
for (const queue of settings.queues) await DBOS.registerQueue(queue, { minPollingIntervalMs: 50 });

const reaper = new Reaper({
  pool,
  presence,
  application,
  recover: await findRecover(settings.publicOnly ? async () => ({}) : undefined),
  intervalMs: settings.intervalMs,
  frozenAfterMs: settings.frozenAfterMs,
  settleMs: settings.settleMs,
  onError,
  onRecovered: (executorId, runs) => say('recovered', { executorId, runs }),
});
reaper.start();
say('ready');

process.once('SIGTERM', () => {
  void (async () => {
    await reaper.stop();
    await DBOS.shutdown();
    await presence.close();
    await Promise.all([pool.end(), effects.end()]);
    say('closed', { losses: presence.losses });
    process.exit(0);
  })();
});
