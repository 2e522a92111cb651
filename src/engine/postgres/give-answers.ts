import type pg from 'pg';
import { AlreadyResumedError } from '../../errors/already-resumed-error.js';
import { MisuseError } from '../../errors/misuse-error.js';
import { continueRun, type NextTurn } from './continue-run.js';
import { inTransaction } from './in-transaction.js';
import type { Enqueue } from './enqueue.js';
import { isEnded, type RunRow } from './run-row.js';

/** Answers to a run, and what its next segment is given anew. */
export interface GivenAnswers extends NextTurn {
  readonly runId: string;
  /** By step key. */
  readonly answers: Readonly<Record<string, unknown>>;
}

interface Given {
  readonly key: string;
  readonly answer: string;
  readonly turn: number | null;
}

/**
 * Keeps answers, each suspension's first, and has the run go on with them; a segment that is under way goes on with them
 * when it has ended. Throws an `AlreadyResumedError` with the answer that was first, and then keeps none of these.
 */
export function giveAnswers(
  pool: pg.Pool,
  { runId, answers, ...next }: GivenAnswers,
  enqueue: Enqueue,
): Promise<RunRow> {
  const keys = Object.keys(answers);
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<RunRow>('SELECT * FROM stepstream.runs WHERE run_id = $1 FOR UPDATE', [runId]);
    const [run] = rows;
    if (run === undefined) throw noSuchRun(runId);
    const given = await client.query<Given>(
      'SELECT key, answer, turn FROM stepstream.answers WHERE run_id = $1 AND key = ANY($2) ORDER BY given_at',
      [runId, keys],
    );
    refuse(run, keys, given.rows);
    await client.query(
      'INSERT INTO stepstream.answers (run_id, key, answer) SELECT $1, * FROM unnest($2::text[], $3::text[])',
      [runId, keys, keys.map((key) => JSON.stringify([answers[key]]))],
    );
    return run.status === 'suspended' ? continueRun(client, run, enqueue, next) : run;
  });
}

function refuse(run: RunRow, keys: readonly string[], given: readonly Given[]): void {
  const { run_id, pipeline, asks, checkpoint_turn } = run;
  // What was answered before the run suspended again was another suspension of that key.
  const isAnswer = ({ key, turn }: Given): boolean =>
    !asks.includes(key) || turn === null || turn > (checkpoint_turn ?? 0);
  const first = given.filter((one) => keys.includes(one.key) && isAnswer(one));
  if (first.length > 0) {
    const winners = first.map(({ key, answer }) => [key, (JSON.parse(answer) as [unknown])[0]] as const);
    throw new AlreadyResumedError(pipeline, run_id, Object.fromEntries(winners));
  }
  const unknown = keys.find((key) => !asks.includes(key));
  if (unknown === undefined && keys.length > 0) return;
  throw new MisuseError({
    code: 'INVALID_ANSWER',
    message:
      unknown === undefined
        ? `${pipeline}.resume(): there is no answer.`
        : `${pipeline}.resume(): nothing of the run ${run_id} waits for an answer to "${unknown}".`,
    remedy:
      asks.length > 0
        ? `Pending are: ${asks.join(', ')}.`
        : isEnded(run)
          ? `It has ended: ${run.status}.`
          : 'It waits for nothing.',
  });
}

const noSuchRun = (runId: string): MisuseError =>
  new MisuseError({
    code: 'NO_SUCH_RUN',
    message: `There is no run ${runId} in this database.`,
    remedy: 'Look at the id, and at the databaseUrl.',
  });
