/** Our engine, as the bench drives it. */
import { connect, startWorker } from 'stepstream/engine/dbos';
import { classOf } from '../classes.mjs';
import { all } from './all.mjs';
import { bodies } from './lap.mjs';

function pipelineOf(name, steps) {
  const made = classOf(name, steps);
  made.pipeline = { name };
  return made;
}

function chainOf(name, length, body) {
  const names = Array.from({ length }, (_, i) => `s${i}`);
  const steps = names.map((step, i) => [step, { body: (ctx) => body(i, length, ctx), to: names.slice(i + 1, i + 2) }]);
  return pipelineOf(name, Object.fromEntries(steps));
}

/** By the names under which the bench knows them. */
const pipelines = {
  chain: (length) => chainOf('chain', length, bodies.link),
  job: (length) => chainOf('job', length, (place, _, { state }) => bodies.work(place, length, state.ms)),
  talk: () =>
    pipelineOf('talk', {
      talk: {
        streaming: true,
        body: async function* ({ state }) {
          yield* bodies.speak(state);
        },
      },
    }),
};

/** Takes runs of one pipeline until it is closed. */
export async function work({ url, pipeline, length, concurrency }) {
  const made = new (pipelines[pipeline](length))();
  const worker = await startWorker({ databaseUrl: url, pipelines: [{ pipeline: made, concurrency }] });
  return () => worker.close({ drain: 0 });
}

/** Starts runs, which begin after `delay`, and looks on no longer. */
export async function start({ url, pipeline, length, runs, state, delay = 0 }) {
  const made = pipelines[pipeline](length);
  const client = await connect({ databaseUrl: url });
  await all(runs, () => client.start(made, state, { delay }));
  await client.close();
}

/** Starts runs and calls `take` for each token, until all have ended. */
export async function read({ url, pipeline, runs, state }, take) {
  const client = await connect({ databaseUrl: url });
  const made = pipelines[pipeline]();
  const readings = [];
  const follow = async (run) => {
    for await (const token of run.tokens('talk')) take(token);
  };
  await all(runs, async () => readings.push(follow(await client.start(made, state))));
  await Promise.all(readings);
  await client.close();
}
