/** How many small runs a second some worker processes carry, ours and those of DBOS one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { shareOf, sumOf } from './asked.mjs';
import { Child } from './child.mjs';
import { query } from './query.mjs';
import { print, short } from './tables.mjs';

const LENGTH = 5;
const WAIT = 400;
/** Milliseconds: longer than it takes to start them all. */
const FAR = 3_600_000;
/** Our default. */
const CONCURRENCY = 32;

/** Bytes in the database, with indexes: what DBOS keeps, what we keep, and the events. */
async function sizesOf(url) {
  const [{ sizes }] = await query(
    url,
    `SELECT array[sum(size) FILTER (WHERE schema = 'dbos'), sum(size) FILTER (WHERE name <> 'events' AND schema <> 'dbos'),
      sum(size) FILTER (WHERE name = 'events')]::float8[] AS sizes
    FROM (SELECT pg_total_relation_size(c.oid) AS size, relname AS name, nspname AS schema FROM pg_class c
      JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname IN ('dbos', 'stepstream')) tables`,
  );
  return sizes;
}

/** Some worker processes, which become more. */
class Side {
  #kind;
  #url;
  #client;
  #workers = [];

  constructor(kind, url) {
    this.#kind = kind;
    this.#url = url;
    this.#client = new Child('process.mjs', kind);
  }

  async grow(count) {
    for (let worker; this.#workers.length < count; this.#workers.push(worker)) {
      worker = new Child('process.mjs', this.#kind);
      await worker.ask('work', { url: this.#url, pipeline: 'job', length: LENGTH, concurrency: CONCURRENCY });
    }
  }

  /** Runs that all wait in the queue before the first begins; how many a second, and what a worker asks for one. */
  async lap(runs, ms, cpu) {
    await this.#ask('jobs', true);
    await this.#ask('mark');
    const begun = { at: Date.now(), cpu: cpu() };
    const given = { url: this.#url, pipeline: 'job', length: LENGTH, runs, state: { ms }, delay: FAR };
    const start = await this.#client.ask('start', given);
    await this.#release();
    let jobs;
    do {
      await sleep(100);
      jobs = await this.#ask('jobs', false);
    } while (jobs.reduce((sum, { ended }) => sum + ended, 0) < runs);
    const [first, last] = [Math.min(...jobs.map((one) => one.first)), Math.max(...jobs.map((one) => one.last))];
    // What ends a run comes after its last step.
    await sleep(1000);
    const asked = sumOf(await this.#ask('since'));
    return {
      ...{ asked, runs, rate: runs / ((last - first) / 1000) },
      ...{ ms: Date.now() - begun.at, server: cpu() - begun.cpu, start: shareOf(start, runs) },
    };
  }

  /** Lets all begin that were started; the workers look for such once a second. */
  async #release() {
    await query(this.#url, "UPDATE dbos.workflow_status SET delay_until_epoch_ms = 0 WHERE status = 'DELAYED'");
  }

  async close() {
    await Promise.all(this.#workers.map((worker) => worker.ask('close')));
    await Promise.all([...this.#workers, this.#client].map((one) => one.end()));
  }

  #ask(what, given) {
    return Promise.all(this.#workers.map((worker) => worker.ask(what, given)));
  }
}

/** Prints the table, and returns what one worker has asked for a run of five steps that do nothing, and who starts one. */
export async function measureRuns({ databases, workers, runs, cpu }) {
  const rates = {};
  const asked = {};
  let started = 0;
  for (const [kind, url] of [
    ['ours', databases[0]],
    ['dbos', databases[1]],
  ]) {
    const side = new Side(kind, url);
    await side.grow(1);
    const [empty, before] = [await sizesOf(url), started];
    for (const count of workers) {
      await side.grow(count);
      // Not counted: it makes the connections, and what is executed often faster.
      const warm = await side.lap(32 * count, 0, cpu);
      const busy = await side.lap(runs, 0, cpu);
      const waiting = await side.lap(Math.ceil(runs / 2), WAIT, cpu);
      started += warm.runs + busy.runs + waiting.runs;
      rates[kind] = [...(rates[kind] ?? []), [busy.rate, waiting.rate]];
      asked[kind] ??= { ...busy, length: LENGTH };
    }
    const full = await sizesOf(url);
    asked[kind].kilobytes = full.map((size, i) => (size - empty[i]) / 1024 / (started - before));
    await side.close();
  }
  const head = ['worker processes', 'ours, runs/s', 'raw DBOS', `ours, steps of ${WAIT} ms`, 'raw DBOS'];
  const rows = workers.map((count, i) => {
    const [[a, b], [c, d]] = [rates.ours[i], rates.dbos[i]];
    return [count, short(a), short(c), short(b), short(d)];
  });
  const [dbos, own, events] = asked.ours.kilobytes;
  print(`Runs of ${LENGTH} steps, at most ${CONCURRENCY} at once in a process:`, head, rows);
  const said = `${short(dbos)} KB in DBOS's tables (raw DBOS: ${short(asked.dbos.kilobytes[0])})`;
  console.log(`Each leaves ${said}, ${short(own)} KB in ours, and ${short(events)} KB of events.\n`);
  return asked;
}
