import { DBOS, DBOSWorkflowConflictError } from '@dbos-inc/dbos-sdk';
import { AsyncLocalStorage } from 'node:async_hooks';
import { RunTakenError } from '../../errors/run-taken-error.js';
import type { Recorder } from '../durable/recorder.js';

/** Records as steps of the DBOS workflow in which it is made. */
export class DbosRecorder implements Recorder {
  /** A body may go on in whatever context; DBOS numbers its steps by that of the workflow. */
  readonly #inWorkflow = AsyncLocalStorage.snapshot() as <T>(work: () => T) => T;
  readonly #runId: string;
  readonly #onCancelled: () => void;

  /** `onCancelled` is told, perhaps several times, when DBOS itself has cancelled the workflow. */
  constructor(runId: string, onCancelled: () => void) {
    this.#runId = runId;
    this.#onCancelled = onCancelled;
  }

  record<T>(name: string, body: () => Promise<T>): Promise<T> {
    return this.#inWorkflow(() => DBOS.runStep(() => this.#perform(body), { name }));
  }

  async #perform<T>(body: () => Promise<T>): Promise<T> {
    const signal = DBOS.stepStatus?.cancelSignal;
    signal?.addEventListener('abort', this.#onCancelled);
    try {
      return await body();
    } catch (error) {
      // Not the outcome of the step: nothing is to be recorded.
      if (error instanceof RunTakenError) throw new DBOSWorkflowConflictError(this.#runId);
      throw error;
    } finally {
      signal?.removeEventListener('abort', this.#onCancelled);
    }
  }
}
