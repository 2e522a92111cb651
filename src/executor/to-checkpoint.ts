import { MisuseError } from '../errors/misuse-error.js';
import { outlineOf } from '../plan/create-fingerprint.js';
import type {
  ChildCheckpoint,
  Checkpoint,
  EachCheckpoint,
  FlowCheckpoint,
  GivenCheckpoint,
  OpenCheckpoint,
  PlaceCheckpoint,
  VisitCheckpoint,
} from '../run/checkpoint.js';
import type { Given } from '../run/given.js';
import { toStoredError } from '../run/plain-error.js';
import { toSnapshot } from '../run/progress-snapshot.js';
import { toStored } from '../run/stored-value.js';
import { toPlainAround } from '../state/plain.js';
import type { Activation } from './activation.js';
import type { Flow } from './flow.js';
import { LEFT_OUT, type Items } from './items.js';

/** What of a run is not in its flows. */
export type CheckpointFacts = Pick<
  Checkpoint,
  'runId' | 'segment' | 'seq' | 'startedAt' | 'usage' | 'attempts' | 'text'
> & {
  readonly errors: readonly Error[];
};

/** Writes down a run of which nothing moves any more and something waits for an answer. */
export function toCheckpoint({ errors, ...facts }: CheckpointFacts, root: Flow): Checkpoint {
  const { pipeline, fingerprint, steps } = root.plan;
  const checkpoint: Checkpoint = {
    v: 1,
    pipeline,
    fingerprint,
    outline: outlineOf(steps),
    ...facts,
    errors: errors.map(toStoredError),
    root: toFlow(root),
  };
  refuseTooLarge(checkpoint);
  // A copy, for parts of it are still used by the run; and plain, as whoever stores it expects.
  return toPlainAround(checkpoint, 'checkpoint', true);
}

/** So many letters of JSON a checkpoint may have: it is written and read as a whole. */
const LARGEST = 16_000_000;

function refuseTooLarge(checkpoint: Checkpoint): void {
  const size = sizeOf(checkpoint);
  if (size <= LARGEST) return;
  const { state, outputs } = checkpoint.root;
  const parts = [
    ...Object.entries(state).map(([field, value]) => [`state.${field}`, sizeOf(value)] as const),
    ...outputs.map(([step, value]) => [`outputs.${step}`, sizeOf(value)] as const),
    ...checkpoint.root.children.map((child) => [`the child of "${child.step}"`, sizeOf(child)] as const),
    ['text', sizeOf(checkpoint.text)] as const,
  ];
  const [largest, letters] = parts.reduce((most, part) => (part[1] > most[1] ? part : most));
  throw new MisuseError({
    code: 'CHECKPOINT_TOO_LARGE',
    message: `The checkpoint of this run of ${checkpoint.pipeline} would have ${size} letters, and ${LARGEST} are allowed; the largest part is ${largest} with ${letters}.`,
    remedy: 'Keep large data outside, in a store or a file, and only its name in the state.',
  });
}

/** What is longer than any string can be has no length at all. */
function sizeOf(value: unknown): number {
  try {
    return JSON.stringify(value).length;
  } catch {
    return Infinity;
  }
}

function toFlow(flow: Flow): FlowCheckpoint {
  const { store, plan, progress, suspended = [], eaches, children, itemCounts = [] } = flow;
  return {
    state: store.current as FlowCheckpoint['state'],
    version: store.version,
    writes: store.rows,
    outputs: flow.outputs.entries.map(([name, value]) => [name, toStored(value)]),
    progress: toSnapshot(plan, progress),
    suspended: suspended.map(toVisit),
    eaches: [...(eaches ?? [])].map(([each, items]) => toEach(flow, each, items)),
    children: [...(children ?? [])].map(([caller, child]) => toChild(flow, caller, child)),
    items: itemCounts.flatMap((counts, id) => (counts ? [{ step: plan.steps[id].name, counts: { ...counts } }] : [])),
  };
}

function toPlace({ step, visit, index, attempt, firstToken, lastToken, spoken = [] }: Activation): PlaceCheckpoint {
  return {
    step: step.name,
    visit,
    ...(index !== undefined && { index }),
    attempt,
    tokens: [firstToken, lastToken],
    spoken: spoken.map(({ index: at, ...rest }) => ({ ...rest, ...(at !== undefined && { index: at }) })),
  };
}

const toVisit = (activation: Activation): VisitCheckpoint => ({
  ...toPlace(activation),
  suspension: activation.suspension!,
  ...(activation.step.kind === 'switch' && { input: toStored(activation.given.input) }),
});

function toOpen({ store }: Flow, activation: Activation): OpenCheckpoint {
  const { base, baseVersion, outputsSeen } = activation;
  return {
    ...toPlace(activation),
    baseVersion,
    ...(base !== store.current && { base: base as FlowCheckpoint['state'] }),
    outputsSeen,
  };
}

function toEach(flow: Flow, each: Activation, { next, results, changes, failures, suspended }: Items): EachCheckpoint {
  return {
    ...toOpen(flow, each),
    results: Array.from({ length: next }, (_, index) =>
      index in results && results[index] !== LEFT_OUT ? [toStored(results[index])] : [],
    ),
    changes: entriesOf(changes),
    failures: failures.map(({ index, error }) => [index, toStoredError(error)]),
    suspended: suspended.map(toVisit),
  };
}

/** What a sparse list holds, by index. */
const entriesOf = <T>(list: readonly (T | undefined)[]): (readonly [number, T])[] =>
  [...list.entries()].filter((entry): entry is [number, T] => entry[1] !== undefined);

function toChild(flow: Flow, caller: Activation, child: Flow): ChildCheckpoint {
  return {
    ...toOpen(flow, caller),
    field: child.field!,
    // That of a class is another one in the next build.
    pipeline: child.compiled.blueprint.named ? child.plan.pipeline : '',
    fingerprint: child.plan.fingerprint,
    given: toGiven(caller.given),
    changes: caller.outcome?.changes ?? [],
    usage: child.meter.total,
    flow: toFlow(child),
  };
}

const toGiven = ({ input, inputs, item }: Given): GivenCheckpoint => ({
  input: toStored(input),
  ...(inputs && { inputs: Object.entries(inputs).map(([step, output]) => [step, toStored(output)]) }),
  ...(item !== undefined && { item: toStored(item) }),
});
