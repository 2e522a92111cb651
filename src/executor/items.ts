import type { Change } from '../state/change.js';
import { WriteLog } from '../state/write-log.js';
import { StateConflictError } from '../errors/state-conflict-error.js';
import type { Activation } from './activation.js';
import { joinChanges } from './item-changes.js';

/** Stands for the result of an item that gave none. */
export const LEFT_OUT: unique symbol = Symbol('left out');

/** How far an each has come. */
export class Items {
  readonly each: Activation;
  /** Results by index. */
  readonly results: unknown[] = [];
  /** What each item has changed, by index: committed as one when the each ends (A.5). */
  readonly changes: (readonly Change[])[] = [];
  /** Failures by index, in the order reported. */
  readonly failures: { readonly index: number; readonly error: Error }[] = [];
  /** Items that wait for an answer. */
  suspended: Activation[] = [];
  /** Items whose child waits for an answer: they don't count as live, so that the others have their turn. */
  readonly waiting = new Set<Activation>();
  /** The index of the next item that starts. */
  next = 0;
  /** Items that have started, and then a lazy source had none for them. */
  missing = 0;
  /** Items that have started and not ended. */
  live = 0;
  /** No further item starts: there is none, or the each has failed. */
  closed = false;
  #writes: WriteLog | undefined;
  #version = 0;

  constructor(each: Activation) {
    this.each = each;
  }

  /** Whether every item that will ever start has ended. */
  get over(): boolean {
    return this.live === 0 && this.closed && this.suspended.length === 0 && this.waiting.size === 0;
  }

  /** An item has ended well; `output` is left out of the results where there is none. */
  add(index: number, changes: readonly Change[] | undefined, result?: { readonly output: unknown }): void {
    this.results[index] = result === undefined ? LEFT_OUT : result.output;
    if (changes === undefined) return;
    const before = this.changes[index];
    this.changes[index] = before === undefined ? changes : joinChanges(this.each, before, changes);
  }

  /** An item that gives no result. */
  leaveOut(index: number): void {
    this.results[index] = LEFT_OUT;
  }

  /** The results in index order. */
  get output(): readonly unknown[] {
    const all = this.results.includes(LEFT_OUT) ? this.results.filter((result) => result !== LEFT_OUT) : this.results;
    return Object.freeze(all.slice());
  }

  /** The changes in index order. */
  get changesByItem(): readonly (readonly Change[])[] {
    return this.changes.filter((changes) => changes !== undefined);
  }

  /** Two items that have changed the same path: known as soon as the second of them ends (A.5). */
  findConflict(index: number, changes: readonly Change[]): StateConflictError | undefined {
    const name = ({ each }: Items, at: number | string): string => `${each.name}[${at}]`;
    this.#writes ??= new WriteLog();
    for (const change of changes) {
      const write = this.#writes.findConflict(change, 0);
      // What it has changed itself before it suspended is no conflict.
      if (write === undefined || write.step === name(this, index)) continue;
      const path = write.path.length > change.path.length ? write.path : change.path;
      return new StateConflictError(name(this, index), write.step, path);
    }
    this.#version++;
    for (const change of changes) this.#writes.record(change, name(this, index), this.#version);
    return undefined;
  }
}
