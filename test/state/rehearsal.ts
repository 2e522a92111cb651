import { expect } from 'vitest';
import { StateConflictError } from '../../src/errors/state-conflict-error.js';
import type { Merge } from '../../src/scanner/pipeline-options.js';
import { diffDraft } from '../../src/state/diff.js';
import { openDraft } from '../../src/state/draft.js';
import { StateStore } from '../../src/state/state-store.js';
import { canonical } from './canonical.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test's body does what it likes
export type Body = (state: any) => unknown;

/** A store and its activations, as the walk holds them. */
export class Rehearsal {
  readonly store: StateStore;
  readonly #merge: Record<string, Merge>;
  #alive = 0;

  constructor(initial: object, merge: Record<string, Merge> = {}) {
    this.#merge = merge;
    this.store = new StateStore(structuredClone(initial), merge);
  }

  /** Begins an activation on the current version; the function it returns ends it. */
  start(step: string, body: Body): () => void {
    this.store.publish();
    const base = this.store.current;
    const version = this.store.version;
    this.#alive++;
    return () => {
      const draft = openDraft(base);
      body(draft);
      this.#alive--;
      this.store.commit(step, base, version, diffDraft(base, draft, this.#merge), this.#alive > 0);
      if (this.#alive === 0) this.store.settle();
    };
  }

  /** All start on the same version and end in this order. */
  parallel(bodies: Record<string, Body>): unknown {
    const ends = Object.entries(bodies).map(([step, body]) => this.start(step, body));
    for (const end of ends) end();
    return this.store.current;
  }

  /** As `parallel`; gives the conflict, which must not have changed anything. */
  conflict(bodies: Record<string, Body>): Pick<StateConflictError, 'step' | 'other' | 'path'> {
    const ends = Object.entries(bodies).map(([step, body]) => this.start(step, body));
    const last = ends.pop()!;
    for (const end of ends) end();
    this.store.publish();
    const { current, version } = this.store;
    const before = canonical(current);
    try {
      last();
    } catch (error) {
      expect(error).toBeInstanceOf(StateConflictError);
      expect(this.store.current).toBe(current);
      expect(canonical(current)).toBe(before);
      expect(this.store.version).toBe(version);
      const { step, other, path } = error as StateConflictError;
      return { step, other, path };
    }
    throw new Error(`no conflict: ${canonical(this.store.current)}`);
  }
}
