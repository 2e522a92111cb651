// One client process: starts runs, reads every event of each, and says on stdout what is not as it has to be.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type EngineClient } from '../src/engine/dbos/index.js';
import { isConnectionError } from '../src/engine/postgres/is-connection-error.js';
import type { RunEvent, RunResult } from '../src/index.js';
import { foldText } from '../test/engine/support/fold-text.js';
import { differences } from './differences.js';
import { endWithParent } from './end-with-parent.js';
import { Everything, stateOf } from './everything.js';
import { workAt } from './pace.js';

export interface ClientSettings {
  readonly databaseUrl: string;
  /** The numbers of its runs. */
  readonly numbers: readonly number[];
  readonly atOnce: number;
  /** Milliseconds between two starts. */
  readonly every: number;
}

/** What it says of a run that has ended. */
export interface EndedRun {
  readonly what: 'ended';
  readonly runId: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly events: number;
  readonly resets: number;
  /** The `seq` before each gap. */
  readonly gaps: readonly number[];
  readonly problems: readonly string[];
}

const { databaseUrl, numbers, atOnce, every } = JSON.parse(process.argv[2]) as ClientSettings;
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

endWithParent();
workAt(Infinity);
const client = await connect({
  databaseUrl,
  onError: (error) => say({ what: 'error', error: String((error as Error).stack ?? error) }),
});
say({ what: 'ready' });
let live = 0;
const runs: Promise<void>[] = [];
for (const number of numbers) {
  while (live >= atOnce) await sleep(50);
  live += 1;
  runs.push(follow(number).finally(() => (live -= 1)));
  await sleep(every);
}
await Promise.all(runs);
await client.close();
process.exit(0);

async function follow(number: number): Promise<void> {
  const runId = `chaos-${number}`;
  const startedAt = Date.now();
  const problems: string[] = [];
  const events: RunEvent[] = [];
  try {
    const run = await begin(client, runId, number);
    for await (const event of run.events()) events.push(event);
    const result = await run.result;
    problems.push(...problemsOf(events), ...(await compare(result, events, number)));
  } catch (error) {
    problems.push(String((error as Error).stack ?? error));
  }
  const gaps = events.flatMap(({ seq }, place) => (place > 0 && seq !== events[place - 1].seq + 1 ? [seq] : []));
  const resets = events.filter(({ type }) => type === 'token-reset').length;
  const facts = { runId, startedAt, endedAt: Date.now(), events: events.length, resets, gaps, problems };
  say({ what: 'ended', ...facts } satisfies EndedRun);
}

/** To start a run while PostgreSQL is away is refused; it is asked for again, by its id. */
async function begin(client: EngineClient, id: string, number: number) {
  for (;;) {
    try {
      return await client.start(Everything, stateOf(number), { id });
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      await sleep(100);
    }
  }
}

function problemsOf(events: readonly RunEvent[]): string[] {
  const problems: string[] = [];
  for (const [place, { seq }] of events.entries())
    if (place > 0 && seq <= events[place - 1].seq) problems.push(`seq ${seq} follows ${events[place - 1].seq}`);
  const ends = events.filter(({ type }) => type === 'run-end').length;
  if (ends !== 1) problems.push(`it has ${ends} ends`);
  if (events.at(-1)?.type !== 'run-end') problems.push(`its last event is ${events.at(-1)?.type}`);
  if (events[0]?.type !== 'run-start') problems.push(`its first event is ${events[0]?.type}`);
  return problems;
}

/** What an undisturbed run in process comes to, and what the events add up to. */
async function compare(result: RunResult<Everything>, events: readonly RunEvent[], number: number): Promise<string[]> {
  const right = await new Everything().run(stateOf(number)).result;
  const visible = ({ status, state, outputs, ledger, texts, usage }: RunResult<Everything>): object => ({
    ...{ status, state, outputs, ledger, texts, usage },
  });
  return [
    ...differences(visible(result), visible(right), 'result'),
    ...differences(foldText(events), result.texts, 'folded text'),
  ];
}
