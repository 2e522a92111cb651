import type { Checkpoint, RunResult } from 'stepstream';
import { pick, type Random } from '../mutate.js';
import { canonical, suspendingClass, type Play, type SuspendingClass, type SuspendingState } from './class.js';
import type { SuspendingSpec } from './spec.js';

type Result = RunResult<never> & {
  readonly asks?: readonly { readonly key: string; readonly ask: { answer: unknown } }[];
};

/** What has to be the same, however often a run was suspended. */
export interface Played {
  readonly status: string;
  readonly error?: string;
  readonly state: unknown;
  readonly outputs: unknown;
  readonly texts: unknown;
  readonly textLength: number;
  readonly ledger: unknown;
  readonly usage: unknown;
}

/** A suspended run in between: it may go on anywhere. */
export interface Paused {
  readonly checkpoint: Checkpoint;
  readonly asks: readonly { readonly key: string; readonly ask: { readonly answer: unknown } }[];
}

const START: SuspendingState = { path: '', count: 0, log: [], seen: {}, jumps: {} };

/** Runs a pipeline of which every step that would suspend returns its answer at once. */
export async function playStraight(spec: SuspendingSpec, play: Play): Promise<Played> {
  const made = suspendingClass(spec, { ...play, straight: true });
  return toPlayed(await resultOf(new made().run(START, { throwOnFailure: false, id: 'r' })));
}

/** Runs it with its suspensions, up to the first of them. */
export async function playPaused(spec: SuspendingSpec, play: Play): Promise<Played | Paused> {
  const made = suspendingClass(spec, play);
  return toEither(await resultOf(new made().run(START, { throwOnFailure: false, id: 'r' })));
}

/** One further segment: some of what waits is answered, in any order, from what JSON has kept. */
export async function goOn(
  spec: SuspendingSpec,
  play: Play,
  { checkpoint, asks }: Paused,
  random: Random,
): Promise<Played | Paused> {
  const made: SuspendingClass = suspendingClass(spec, play);
  const left = [...asks];
  const answers: Record<string, unknown> = {};
  const count = 1 + Math.floor(random() * random() * asks.length);
  for (let answered = 0; answered < count; answered++) {
    const one = pick(random, left);
    left.splice(left.indexOf(one), 1);
    answers[one.key] = one.ask.answer;
  }
  const run = new made().resume(JSON.parse(JSON.stringify(checkpoint)) as Checkpoint, answers, {
    throwOnFailure: false,
  });
  let begun: unknown;
  run.on('run-start', ({ segment, seq }) => (begun = [segment, seq]));
  const result = await resultOf(run);
  const wanted = [checkpoint.segment + 1, checkpoint.seq + 1];
  if (String(begun) !== String(wanted))
    throw new Error(`It went on with ${String(begun)} instead of ${String(wanted)}.`);
  return toEither(result);
}

/** All further segments. */
export async function playOn(
  spec: SuspendingSpec,
  play: Play,
  paused: Paused,
  random: Random,
): Promise<{ readonly played: Played; readonly segments: number }> {
  let last: Played | Paused = paused;
  for (let segments = 1; ; segments++) {
    if (!('checkpoint' in last)) return { played: last, segments };
    last = await goOn(spec, play, last, random);
  }
}

const resultOf = async ({ result }: { readonly result: Promise<unknown> }): Promise<Result> => (await result) as Result;

const toEither = (result: Result): Played | Paused =>
  result.status === 'suspended' ? { checkpoint: result.checkpoint, asks: result.asks } : toPlayed(result);

function toPlayed({ status, error, state, outputs, texts, text, ledger, usage }: Result): Played {
  return JSON.parse(
    JSON.stringify(
      canonical({ status, error: error?.message, state, outputs, texts, textLength: text.length, ledger, usage }),
    ),
  ) as Played;
}
