import type { Checkpoint, Run, RunResult } from 'stepstream';
import { expect } from 'vitest';

/** The result of a run that has to be suspended. */
export async function suspendedOf<P>(run: Run<P>): Promise<Extract<RunResult<P>, { status: 'suspended' }>> {
  const result = await run.result;
  expect(result.status).toBe('suspended');
  return result as Extract<RunResult<P>, { status: 'suspended' }>;
}

/** The checkpoint as another process reads it. */
export const reread = (checkpoint: Checkpoint): Checkpoint => JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;
