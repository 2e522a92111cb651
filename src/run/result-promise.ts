import type { AnyPipeline } from '../../decorators/context.js';
import type { RunResult } from './result.js';

const ignore = (): void => undefined;

/**
 * The result of a run as a promise that is made when somebody asks for it. A failure that anybody was told of, by
 * whatever way, is no unhandled rejection; one that nobody could see is (E.6).
 */
export class ResultPromise {
  #outcome: { readonly result: RunResult<AnyPipeline>; readonly error: Error | undefined } | undefined;
  #promise: Promise<RunResult<AnyPipeline>> | undefined;
  #settle: (() => void) | undefined;
  #told = false;

  get promise(): Promise<RunResult<AnyPipeline>> {
    if (this.#promise) return this.#promise;
    const promise = this.#outcome ? this.#deliver() : this.#later().then(() => this.#deliver());
    if (this.#told) promise.catch(ignore);
    return (this.#promise = promise);
  }

  /** What an iterator throws after `run-end`, if anything. */
  get error(): Error | undefined {
    return this.#outcome?.error;
  }

  /** Somebody has seen, or will see, how the run ends. */
  tell(): void {
    this.#told = true;
    this.#promise?.catch(ignore);
  }

  /** The run has ended; with an `error` the promise rejects. */
  settle(result: RunResult<AnyPipeline>, error: Error | undefined): void {
    this.#outcome = { result, error };
  }

  /** Everybody has been told who could be. */
  release(): void {
    this.#settle?.();
    if (this.#outcome?.error && !this.#told) this.#promise ??= this.#deliver();
  }

  #later(): Promise<void> {
    return new Promise<void>((resolve) => (this.#settle = resolve));
  }

  #deliver(): Promise<RunResult<AnyPipeline>> {
    const { result, error } = this.#outcome!;
    return error ? Promise.reject(error) : Promise.resolve(result);
  }
}
