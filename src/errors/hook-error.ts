import { StepstreamError } from './stepstream-error.js';

/** A lifecycle hook has failed or used up its time. */
export class HookError extends StepstreamError {
  override readonly name = 'HookError';
  readonly hook: string;

  constructor(pipeline: string, hook: string, phase: 'startup' | 'shutdown', cause: unknown, timeout?: number) {
    const late = timeout !== undefined;
    super({
      code: late ? 'HOOK_TIMEOUT' : 'HOOK_FAILED',
      message: `${pipeline}.${hook}: the ${phase} hook ${late ? `did not end within ${timeout} ms.` : `has failed: ${messageOf(cause)}`}`,
      remedy: late
        ? 'Pass its signal on, or raise hookTimeout in static pipeline.'
        : 'See `cause` for the error itself.',
      cause,
      terse: !late,
    });
    this.hook = hook;
  }
}

/** What the cause says, if it can be asked. */
function messageOf(cause: unknown): string {
  try {
    return cause instanceof Error ? cause.message : String(cause);
  } catch {
    return "an error that can't be read";
  }
}
