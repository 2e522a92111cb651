import { RunError, type Run, type RunResult } from 'stepstream';

/** The full result of a run, however it ended. */
export async function outcomeOf<P>(run: Run<P>): Promise<RunResult<P>> {
  try {
    return await run.result;
  } catch (error) {
    if (error instanceof RunError) return error.result as RunResult<P>;
    throw error;
  }
}
