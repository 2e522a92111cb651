import type { EventType, RunEvent } from './events.js';

type Common = 'v' | 'type' | 'runId' | 'seq' | 'pipeline' | 'at';
type Place = 'step' | 'path' | 'visit' | 'attempt' | 'index';
/** The events of a step that are made like any other event of the run. */
export type StepEventType =
  | 'token-reset'
  | 'step-retry'
  | 'step-error'
  | 'step-skip'
  | 'step-suspend'
  | 'step-cancel'
  | 'state-change'
  | 'usage'
  | 'custom';
/** An event while it is made. */
export type Indexed<E> = E & { index?: number };
/** What an event of this type says besides what every event, and every step event, says. */
export type Facts<T extends EventType> = T extends StepEventType
  ? Omit<Extract<RunEvent, { readonly type: T }>, Common | Place>
  : Omit<Extract<RunEvent, { readonly type: T }>, Common>;
