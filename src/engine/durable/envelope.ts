import type { Usage } from '../../../decorators/context.js';
import type { ActivationOutcome } from '../../run/outcome.js';
import { fromStored, toStored, type StoredValue } from '../../run/stored-value.js';
import { fromStoredFailure, toStoredFailure, type StoredFailure } from './stored-failure.js';

/** How one activation has ended, and what its body has left behind, as plain JSON: what an engine records. */
export interface Envelope {
  /** The version of the format. */
  readonly v: 1;
  readonly outcome: StoredOutcome;
  /** The number of its last attempt. */
  readonly attempt: number;
  /** How many attempts have begun. */
  readonly attempts: number;
  /** Whether it was told that it began. */
  readonly begun: boolean;
  /** What it has said that counts. */
  readonly text?: string;
  readonly usage?: readonly Usage[];
  /** Whether a body of it ignored its signal and was left behind. */
  readonly leftBehind?: true;
  /** Of a sub-pipeline step: the child that begins. */
  readonly child?: StoredChild;
}

/** A child that begins: where its instance is, and its state after its hooks. */
export interface StoredChild {
  readonly field: string;
  readonly state: object;
}

/** An outcome as plain JSON. */
export interface StoredOutcome extends Pick<
  ActivationOutcome,
  'status' | 'stop' | 'route' | 'changes' | 'fatal' | 'suspension'
> {
  readonly output?: StoredValue;
  readonly passes?: StoredValue;
  readonly error?: StoredFailure;
}

/** Writes down an outcome. */
export function toStoredOutcome(outcome: ActivationOutcome): StoredOutcome {
  const { status, stop, route, passes, output, changes, error, fatal, suspension } = outcome;
  return {
    status,
    ...(stop && { stop }),
    ...(route && { route }),
    ...(changes && { changes }),
    ...(fatal && { fatal }),
    ...(suspension && { suspension }),
    ...(output !== undefined && { output: toStored(output) }),
    ...(passes && { passes: toStored(passes.value) }),
    ...(error && { error: toStoredFailure(error) }),
  };
}

/** The outcome again, frozen as it was. */
export function fromStoredOutcome({ output, passes, error, ...rest }: StoredOutcome): ActivationOutcome {
  return {
    ...rest,
    ...(output && { output: freeze(fromStored(output)) }),
    ...(passes && { passes: { value: freeze(fromStored(passes)) } }),
    ...(error && { error: fromStoredFailure(error, rest.fatal) }),
  };
}

/** An output can't be changed by whoever gets it (B.1). */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
