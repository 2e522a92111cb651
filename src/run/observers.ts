import { MisuseError } from '../errors/misuse-error.js';
import type { EventOf, EventType, RunEvent } from './events.js';
import type { AnyPipeline } from '../../decorators/context.js';
import type { Report } from './listeners.js';
import { Observation, type Observer } from './observation.js';

/** How an observer is served. */
export interface ObserveOptions {
  /** How many events wait for a slow observer before the oldest are dropped. 1,000 by default. */
  readonly queue?: number;
}

const QUEUE = 1_000;

/** Who observes the process. The list is replaced, never changed, so that it may be while it is gone through. */
interface Observers {
  all: readonly Observation[];
  /** Whether anybody observes; the one thing that a run asks when nobody does. */
  any: boolean;
  /** Whether anybody wants tokens. */
  tokens: boolean;
}

// Of the process, not of this module: runs of another loaded copy are observed too.
const KEY = Symbol.for('stepstream/observers@1');
const shared = globalThis as { [KEY]?: Observers };

/** Those who observe all runs of the process. */
export const OBSERVERS: Observers = (shared[KEY] ??= { all: [], any: false, tokens: false });

/** Of a run that nobody who observes the process is to hear of. */
export const NOBODY: Observers = Object.freeze({ all: [], any: false, tokens: false });

/** Whether an event of this type would be seen. */
export const isObserved = (type: EventType): boolean => OBSERVERS.any && OBSERVERS.all.some((one) => one.hears(type));

/** Shows an event to everybody who wants it; `report` tells of whoever fails at it. */
export function showObservers(event: RunEvent, report: Report): void {
  for (const observation of OBSERVERS.all) observation.take(event, report);
}

/**
 * Shows an observer the events of all runs of the process, of all pipelines, from now on until the returned function is
 * called. The observer may be slow or fail: that never changes a run. Throws a `MisuseError` for what can't observe.
 */
export function observe<T extends EventType = EventType>(
  observer: Observer<T> | ((event: EventOf<AnyPipeline, T>) => unknown),
  { queue = QUEUE }: ObserveOptions = {},
): () => void {
  const given = (typeof observer === 'function' ? { onEvent: observer } : observer) as unknown as Observer;
  check(given, queue);
  const observation = new Observation(given, queue);
  replace([...OBSERVERS.all, observation]);
  return () => {
    observation.end();
    replace(OBSERVERS.all.filter((one) => one !== observation));
  };
}

function replace(all: readonly Observation[]): void {
  OBSERVERS.all = all;
  OBSERVERS.any = all.length > 0;
  OBSERVERS.tokens = isObserved('token');
}

function check(observer: Partial<Observer> | null, queue: number): void {
  if (typeof observer?.onEvent !== 'function')
    throw refuse('takes a function, or an object with onEvent(event).', 'Pass observe((event) => …).');
  const { onDrop, types } = observer;
  if (onDrop !== undefined && typeof onDrop !== 'function')
    throw refuse('onDrop must be a function.', 'Write onDrop(count) { … }.');
  if (types !== undefined && !(Array.isArray(types) && types.every((type) => typeof type === 'string')))
    throw refuse('types must be a list of event types.', "Write types: ['run-start', 'run-end'].");
  if (!Number.isSafeInteger(queue) || queue < 1)
    throw refuse('the option queue must be a whole number of 1 or more.', 'Say how many events may wait for it.');
}

const refuse = (what: string, remedy: string): MisuseError =>
  new MisuseError({ code: 'INVALID_OBSERVER', message: `observe(): ${what}`, remedy });
