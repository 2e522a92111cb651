import { HookError } from '../errors/hook-error.js';
import type { Clock } from '../ports/clock.js';
import type { Teller } from '../run/teller.js';

/** One call of a lifecycle hook. */
export interface HookCall {
  readonly pipeline: string;
  readonly name: string;
  readonly phase: 'startup' | 'shutdown';
  readonly per: 'instance' | 'run';
  readonly clock: Clock;
  /** Milliseconds it may take. */
  readonly timeout: number;
  /** Aborts the hook's signal; it then gets `grace` to end. */
  readonly signal?: AbortSignal;
  readonly grace: number;
  /** The runs that see it in their events. */
  readonly tellers: readonly Teller[];
  /** What its context holds besides the signal. */
  readonly facts: object;
  readonly body: (context: object) => unknown;
}

/** Calls a hook within its time. Resolves to what went wrong, if anything; never rejects. */
export async function runHook(hook: HookCall): Promise<HookError | undefined> {
  const { pipeline, name, phase, per, tellers } = hook;
  for (const teller of tellers) teller.run('hook-start', { pipeline, hook: name, phase, per });
  const error = await bounded(hook);
  const facts = error && { error: { name: error.name, message: error.message, code: error.code } };
  for (const teller of tellers) teller.run('hook-end', { pipeline, hook: name, phase, per, ...facts });
  return error;
}

function bounded(hook: HookCall): Promise<HookError | undefined> {
  const { pipeline, name, phase, clock, timeout, grace, signal } = hook;
  const controller = new AbortController();
  return new Promise((resolve) => {
    const timedOut = (): void => {
      finish(new HookError(pipeline, name, phase, undefined, timeout));
      controller.abort(new DOMException(`the hook did not end within ${timeout} ms`, 'TimeoutError'));
    };
    const timer = clock.after(timeout, timedOut);
    let graceTimer: ReturnType<Clock['after']> | undefined;
    const onAbort = (): void => {
      graceTimer = clock.after(grace, () => finish(new HookError(pipeline, name, phase, signal!.reason, grace)));
      controller.abort(signal!.reason);
    };
    const finish = (error?: HookError): void => {
      timer.cancel();
      graceTimer?.cancel();
      signal?.removeEventListener('abort', onAbort);
      resolve(error);
    };
    signal?.addEventListener('abort', onAbort);
    // A listener of hook-start may have ended the run.
    if (signal?.aborted) onAbort();
    begin(hook, controller.signal).then(
      () => finish(),
      (cause: unknown) => finish(new HookError(pipeline, name, phase, cause)),
    );
  });
}

/** Inside a promise, so that what the hook throws at once is caught like a rejection; a cancelled one doesn't begin. */
async function begin({ body, facts }: HookCall, signal: AbortSignal): Promise<void> {
  await Promise.resolve();
  signal.throwIfAborted();
  await body({ signal, ...facts });
}
