import type { AnyPipeline } from '../../../decorators/context.js';
import type { RunEnd } from '../../run/events.js';
import type { RunResult } from '../../run/result.js';
import { fromStored, toStored, type StoredValue } from '../../run/stored-value.js';
import type { Envelope } from './envelope.js';
import { fromStoredFailure, toStoredFailure, type StoredFailure } from './stored-failure.js';

/** How a segment of a run has ended, as plain JSON: its result, and the last of its events. */
export interface StoredEnd {
  /** The version of the format. */
  readonly v: 1;
  /** Whether nothing of a resumed run has begun, so that it waits as it did before. */
  readonly refused?: true;
  /** Of an item that was executed by itself: how its body has ended. */
  readonly item?: Envelope;
  readonly event: RunEnd<AnyPipeline>;
  readonly outputs: readonly (readonly [step: string, output: StoredValue])[];
  readonly errors: readonly StoredFailure[];
  readonly error?: StoredFailure;
  /** Everything of the result that is plain already. */
  readonly rest: Omit<RunResult<AnyPipeline>, 'outputs' | 'errors' | 'error'>;
}

/** Writes down how a run has ended. */
export function toStoredEnd(result: RunResult<AnyPipeline>, event: RunEnd<AnyPipeline>): StoredEnd {
  const { outputs, errors, error, ...rest } = result;
  return {
    v: 1,
    event,
    outputs: Object.entries(outputs).map(([step, output]) => [step, toStored(output)]),
    errors: errors.map((one) => toStoredFailure(one)),
    ...(error && { error: toStoredFailure(error) }),
    rest,
  };
}

/** The result again. */
export function fromStoredEnd({ outputs, errors, error, rest }: StoredEnd): RunResult<AnyPipeline> {
  return {
    ...rest,
    outputs: Object.fromEntries(outputs.map(([step, output]) => [step, fromStored(output)])),
    errors: errors.map((one) => fromStoredFailure(one)),
    ...(error && { error: fromStoredFailure(error) }),
  } as RunResult<AnyPipeline>;
}
