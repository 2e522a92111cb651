import type { RunEvent } from '../../src/run/events.js';

type StepEvent = Extract<RunEvent, { readonly visit: number }>;

/** A context, as far as it tells where it belongs. */
interface Emitter {
  emit(name: string): void;
}
/** A run, as far as it can be listened to. */
interface Source {
  on(type: 'custom', listener: (event: StepEvent) => void): unknown;
}

let last: string | undefined;

/** From now on `keyOf` knows the bodies of this run. */
export function listenForKeys(run: Source): void {
  run.on('custom', (event) => void (last = keyIn(event)));
}

/** Which of many activations a body is called for: its context doesn't say it, but what it emits does. */
export function keyOf(context: Emitter): string {
  last = undefined;
  context.emit('here');
  if (last === undefined) throw new Error('A body was called after it had been told to end.');
  return last;
}

/** B.6 */
export function keyIn({ path, step, visit, index }: Pick<StepEvent, 'path' | 'step' | 'visit' | 'index'>): string {
  const own = `${step}${visit > 1 ? `#${visit}` : ''}${index === undefined ? '' : `[${index}]`}`;
  return [...path, own].join('/');
}

/** B.6: what the last segment of a key says. */
export function visitOf(key: string): { readonly visit: number; readonly index?: number } {
  const [, visit = '1', index] = /(?:#(\d+))?(?:\[(\d+)\])?$/.exec(key)!;
  return { visit: Number(visit), ...(index !== undefined && { index: Number(index) }) };
}
