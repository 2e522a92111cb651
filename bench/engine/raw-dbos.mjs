/** DBOS without us, as the bench drives it: the same bodies in `DBOS.runStep`, in one workflow, from a queue. */
import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import { randomUUID } from 'node:crypto';
import { all } from './all.mjs';
import { bodies } from './lap.mjs';

const NAME = 'bench';
/** As our queues have it. */
const LOOK_EVERY = 50;

const quiet = () => undefined;
const logger = { info: quiet, debug: quiet, warn: quiet, error: (...said) => console.error(...said) };

function stepsOf(length, body) {
  return async (state) => {
    let last;
    for (let place = 0; place < length; place++)
      last = await DBOS.runStep(() => body(place, length, state), { name: `s${place}` });
    return last;
  };
}

const workflows = {
  chain: (length) => stepsOf(length, bodies.link),
  job: (length) => stepsOf(length, (place, all, { ms }) => bodies.work(place, all, ms)),
  talk: () => (state) =>
    DBOS.runStep(
      async () => {
        for await (const token of bodies.speak(state)) await DBOS.writeStream('talk', token);
        await DBOS.closeStream('talk');
      },
      { name: 'talk' },
    ),
};

async function launch(url, listenQueues) {
  DBOS.setConfig({
    ...{ name: NAME, applicationVersion: '1', executorID: randomUUID(), systemDatabaseUrl: url },
    ...{ listenQueues, logger },
  });
  await DBOS.launch();
}

/** Takes runs of one workflow until it is closed. */
export async function work({ url, pipeline, length, concurrency }) {
  DBOS.registerWorkflow(workflows[pipeline](length), { name: pipeline });
  await launch(url, [pipeline]);
  await DBOS.registerQueue(pipeline, {
    ...{ workerConcurrency: concurrency, minPollingIntervalMs: LOOK_EVERY, onConflict: 'always_update' },
  });
  return () => DBOS.shutdown();
}

/** Starts runs, which begin after `delay`. */
export async function start({ url, pipeline, runs, state, delay = 0 }) {
  const client = await DBOSClient.create({ systemDatabaseUrl: url, applicationName: NAME, logger });
  const options = { workflowName: pipeline, queueName: pipeline, appVersion: '1', delaySeconds: delay / 1000 };
  await all(runs, () => client.enqueue(options, state));
  await client.destroy();
}

/** Starts runs and calls `take` for each value of their streams, until all have ended. A client polls; this one listens. */
export async function read({ url, pipeline, runs, state }, take) {
  await launch(url, []);
  const readings = [];
  const follow = async (id) => {
    for await (const token of DBOS.readStream(id, 'talk')) take(token);
  };
  const client = await DBOSClient.create({ systemDatabaseUrl: url, applicationName: NAME, logger });
  await all(runs, async () => {
    const options = { workflowName: pipeline, queueName: pipeline, appVersion: '1' };
    const { workflowID } = await client.enqueue(options, state);
    readings.push(follow(workflowID));
  });
  await Promise.all(readings);
  await client.destroy();
  await DBOS.shutdown();
}
