/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- the bodies do what they like to an untyped state */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StateConflictError } from '../../src/errors/state-conflict-error.js';
import type { Change } from '../../src/state/change.js';
import { diffDraft } from '../../src/state/diff.js';
import { openDraft } from '../../src/state/draft.js';
import { StateStore } from '../../src/state/state-store.js';
import { anyOperation, anyState, operate, type Operation } from './arbitrary.js';
import { canonical } from './canonical.js';
import { Rehearsal, type Body } from './rehearsal.js';
import { runs } from '../support/runs.js';

const anyOperations = fc.array(anyOperation, { maxLength: 4 });

const bodyOf =
  (operations: readonly Operation[]): Body =>
  (state) => {
    for (const operation of operations) operate(state as object, operation);
  };

const anyBody = anyOperations.map(bodyOf);

/** Two bodies, of which every other pair has an operation in common, so that many write in the same place. */
const anyPair = fc
  .tuple(anyOperations, anyOperations, fc.boolean())
  .map(([one, two, meet]): [Body, Body] => [bodyOf(one), bodyOf(meet ? [...two, ...one.slice(0, 1)] : two)]);

function edited(base: object, body: Body): object {
  const copy = structuredClone(base);
  body(copy);
  // Two places that hold one object are two objects in JSON.
  return JSON.parse(JSON.stringify(copy)) as object;
}

/** The rules of A.3 for two activations, by value and without a log: what becomes of both changes, or CONFLICT. */
const CONFLICT = Symbol('conflict');

function mergeNaively(base: unknown, one: unknown, two: unknown): unknown {
  const same = (a: unknown, b: unknown): boolean =>
    a === undefined || b === undefined ? a === b : canonical(a) === canonical(b);
  if (same(one, base)) return two;
  if (same(two, base)) return one;
  const all = [base, one, two];
  if (all.every((value) => Array.isArray(value)))
    return mergeArrays(...(all as [unknown[], unknown[], unknown[]]), same);
  if (all.every((value) => typeof value === 'object' && value !== null && !Array.isArray(value))) {
    const fields = all.map((value) => new Map(Object.entries(value as object)));
    const merged = new Map<string, unknown>();
    for (const key of new Set(fields.flatMap((map) => [...map.keys()]))) {
      const value = mergeNaively(...(fields.map((map) => map.get(key)) as [unknown, unknown, unknown]));
      if (value === CONFLICT) return CONFLICT;
      if (value !== undefined) merged.set(key, value);
    }
    return Object.fromEntries(merged);
  }
  return same(one, two) && (one === undefined || one === null || typeof one === 'boolean') ? one : CONFLICT;
}

function mergeArrays(
  base: unknown[],
  one: unknown[],
  two: unknown[],
  same: (a: unknown, b: unknown) => boolean,
): unknown {
  const grown = (next: unknown[]): boolean => next.length > base.length && same(next.slice(0, base.length), base);
  const fixed = (next: unknown[]): boolean => next.length === base.length;
  if (![one, two].every((next) => grown(next) || fixed(next))) return CONFLICT;
  const kept = base.map((value, i) => mergeNaively(value, one[i], two[i]));
  return kept.includes(CONFLICT) ? CONFLICT : [...kept, ...one.slice(base.length), ...two.slice(base.length)];
}

describe('StateStore, for any state and any bodies', () => {
  it('commits of one alone what its draft has become', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyBody, { maxLength: 4 }), (base, bodies) => {
        const rehearsal = new Rehearsal(base);
        let expected: object = base;
        for (const body of bodies) {
          const before = canonical(expected);
          const { current } = rehearsal.store;
          expected = edited(expected, body);
          rehearsal.parallel({ A: body });
          expect(canonical(rehearsal.store.current)).toBe(canonical(expected));
          expect(canonical(current)).toBe(before);
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('merges two as a naive model does, or refuses with it', () => {
    let merged = 0;
    let refused = 0;
    fc.assert(
      fc.property(anyState, anyPair, (base, [one, two]) => {
        const expected = mergeNaively(base, edited(base, one), edited(base, two));
        const rehearsal = new Rehearsal(base);
        if (expected === CONFLICT) {
          refused++;
          rehearsal.conflict({ A: one, B: two });
        } else {
          merged++;
          expect(canonical(rehearsal.parallel({ A: one, B: two }))).toBe(canonical(expected));
        }
      }),
      { numRuns: runs(500) },
    );
    expect(Math.min(merged, refused)).toBeGreaterThan(runs(50));
  });

  it('gives the same for disjoint changes, whatever their order', () => {
    fc.assert(
      fc.property(
        anyState,
        fc.uniqueArray(fc.tuple(fc.constantFrom('p', 'q', 'r', 's'), anyBody), {
          selector: ([key]) => key,
          maxLength: 4,
        }),
        fc.infiniteStream(fc.nat(3)),
        (part, bodies, order) => {
          const base = { p: part, q: part, r: part, s: part };
          const entries = bodies.map(([key, body]): [string, Body] => [key, (state) => body(state[key])]);
          const shuffled = entries.toSorted(() => (order.next().value as number) - 1.5);
          const one = new Rehearsal(base).parallel(Object.fromEntries(entries));
          expect(canonical(new Rehearsal(base).parallel(Object.fromEntries(shuffled)))).toBe(canonical(one));
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it('comes to the same with one report for all commits as with one for each', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyBody, { minLength: 2, maxLength: 4 }), (base, bodies) => {
        const outcome = (publish: boolean): string => {
          const rehearsal = new Rehearsal(base);
          const ends = bodies.map((body, i) => rehearsal.start(`step${i}`, body));
          let text = '';
          for (const end of ends) {
            try {
              end();
            } catch (error) {
              text += (error as Error).message;
            }
            if (publish) rehearsal.store.publish();
            text += canonical(rehearsal.store.current);
          }
          return text;
        };
        expect(outcome(false)).toBe(outcome(true));
      }),
      { numRuns: runs(100) },
    );
  });

  it('refuses exactly what one of the commits since the own version stands against', () => {
    let refused = 0;
    let merged = 0;
    // Each activation lives from its place in the list for so many places; ties end in the order of the list.
    const lives = fc.array(fc.tuple(anyBody, fc.integer({ min: 0, max: 4 })), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(anyState, lives, (base, bodies) => {
        const store = new StateStore(structuredClone(base), {});
        const history: (readonly Change[])[] = [];
        const live: { body: Body; end: number; base: object; version: number }[] = [];
        for (let now = 0; now < bodies.length + 5; now++) {
          for (const one of live.filter(({ end }) => end === now)) {
            live.splice(live.indexOf(one), 1);
            const draft = openDraft(one.base);
            one.body(draft);
            const changes = diffDraft(one.base, draft, {});
            const conflict = changes.some((change) => isRefused(change, history.slice(one.version).flat()));
            const commit = (): void => store.commit('A', one.base, one.version, changes, live.length > 0);
            if (conflict) {
              refused++;
              expect(commit).toThrow(StateConflictError);
            } else {
              merged++;
              commit();
              if (changes.length > 0) history.push(changes);
            }
            expect(store.version).toBe(history.length);
            if (live.length === 0) store.settle();
          }
          store.publish();
          if (now >= bodies.length) continue;
          const [body, life] = bodies[now];
          live.push({ body, end: now + 1 + life, base: store.current, version: store.version });
        }
        expect(live).toEqual([]);
      }),
      { numRuns: runs(130) },
    );
    expect(Math.min(merged, refused)).toBeGreaterThan(runs(33));
  });
});

/** A.3 by pairs: `since` is every single change that was committed since the version of `mine`. */
function isRefused(mine: Change, since: readonly Change[]): boolean {
  const text = (change: Change): string => JSON.stringify(change.path).slice(0, -1);
  const whole = (change: Change): boolean => change.op === 'set' || change.op === 'delete';
  const agreed = (change: Change): boolean =>
    change.op === mine.op &&
    (change.op === 'delete' ||
      (change.op === 'set' &&
        mine.op === 'set' &&
        change.value === mine.value &&
        (mine.value === null || typeof mine.value === 'boolean')));
  return since.some((other) => {
    if (text(other) === text(mine)) return (whole(other) || whole(mine)) && !agreed(other);
    if (text(mine).startsWith(`${text(other)},`)) return whole(other);
    return text(other).startsWith(`${text(mine)},`) && whole(mine);
  });
}
