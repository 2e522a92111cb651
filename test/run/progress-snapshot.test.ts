import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/plan/compile.js';
import { checkSnapshot } from '../../src/run/check-snapshot.js';
import { fromSnapshot, toSnapshot, type ProgressSnapshot } from '../../src/run/progress-snapshot.js';
import { buildPipeline, type StepSpec } from '../support/build-class.js';
import { Drive } from '../support/drive.js';
import { runs } from '../support/runs.js';

const STEPS: readonly StepSpec[] = [
  { name: 'start', to: ['src', 'left', 'right'] },
  { name: 'src', to: 'one', options: { goto: 'src' } },
  { name: 'one', to: 'loop' },
  { name: 'loop', to: 'end', options: { goto: 'loop' } },
  { name: 'end', to: 'all' },
  { name: 'left', to: 'any' },
  { name: 'right', to: 'any' },
  { name: 'any', join: 'any', to: 'all' },
  { name: 'all' },
];

/** A run in the midst of everything: a pending jump, a queued entry, a survived failure, a join that waits. */
function suspended(): Drive {
  const drive = new Drive(STEPS);
  drive.end('start', { output: undefined });
  drive.end('src', { route: ['src', 'one'], passes: 1 });
  drive.end('src#2', { passes: 2 });
  drive.run('one', 'one#2');
  drive.end('left', { does: 'fail' });
  return drive;
}

describe('a snapshot', () => {
  it('is plain JSON that tells everything by name', () => {
    const drive = suspended();
    const snapshot = toSnapshot(drive.plan, drive.progress);
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(snapshot.stopped).toBe(false);
    expect(snapshot.loops).toEqual({
      src: { alive: 0, busy: false, over: true },
      loop: { alive: 1, busy: true, over: false, entries: [{ from: 'one', output: { value: 'one#2' } }] },
    });
    expect(Object.keys(snapshot.steps)).toEqual(['start', 'src', 'one', 'loop', 'left', 'right', 'any']);
    expect(snapshot.steps.any).toMatchObject({
      open: 1,
      closed: ['left'],
      survived: [{ name: 'Error', message: 'left' }],
    });
    expect(snapshot.steps.src).toMatchObject({ started: 2, visits: ['done', 'done'] });
  });

  it('of a visit that ends while an earlier one waits has a place for both', () => {
    const drive = new Drive([{ name: 'a', to: 'b', options: { goto: 'a' } }, { name: 'b' }]);
    drive.end('a', { route: ['a', 'b'] });
    drive.run('a#2', 'b#2');
    const snapshot = toSnapshot(drive.plan, drive.progress);
    expect(snapshot.steps.b.visits).toEqual([null, 'done']);
    expect(fromSnapshot(drive.plan, snapshot).visits[1]).toEqual([undefined, 'done']);
  });

  it('keeps what an error says, without its class, cause and stack', () => {
    const drive = suspended();
    const error = Object.assign(new TypeError('down', { cause: 1 }), {
      code: 'E',
      step: 'left',
      attempt: 2,
      secret: 3,
    });
    drive.progress.survived[drive.plan.steps.findIndex(({ name }) => name === 'any')] = [error];
    const snapshot = JSON.parse(JSON.stringify(toSnapshot(drive.plan, drive.progress))) as ProgressSnapshot;
    const kept = { name: 'TypeError', message: 'down', code: 'E', step: 'left', attempt: 2 };
    expect(snapshot.steps.any.survived).toEqual([kept]);
    const [revived] = fromSnapshot(drive.plan, snapshot).survived.find((errors) => errors !== undefined)!;
    expect(revived).toBeInstanceOf(Error);
    expect({ ...kept, ...revived }).toEqual(kept);
    expect(revived.cause).toBeUndefined();
  });
});

describe('a snapshot from outside', () => {
  const { plan, progress } = suspended();
  const fine = (): Record<string, never> => JSON.parse(JSON.stringify(toSnapshot(plan, progress))) as never;
  /** The fine one with one value put in somewhere. */
  const bent = (path: string, value: unknown): unknown => {
    const snapshot: Record<string, unknown> = fine();
    const keys = path.split('.');
    const last = keys.pop()!;
    let at = snapshot;
    for (const key of keys) at = at[key] as Record<string, unknown>;
    if (value === undefined) delete at[last];
    else Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true });
    return snapshot;
  };

  it('is fine as it was taken', () => {
    expect(checkSnapshot(plan, fine())).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['stopped', 1, 'progress.stopped must be true or false'],
    ['more', 1, 'progress has an unknown field "more"'],
    ['steps', [], 'progress.steps must be an object'],
    ['steps.nobody', { open: 0, flags: 0, started: 0, visits: [] }, 'progress.steps.nobody is no step of Sample'],
    ['steps.__proto__', { open: 0, flags: 0, started: 0, visits: [] }, 'progress.steps.__proto__ is no step of Sample'],
    ['steps.any.open', 3, 'progress.steps.any.open must be 2 at most'],
    ['steps.any.open', -1, 'progress.steps.any.open must be a whole number of 0 or more'],
    ['steps.any.flags', 2 ** 40, 'progress.steps.any.flags must be 65535 at most'],
    ['steps.any.closed', ['start'], 'progress.steps.any.closed names "start", which does not lead there'],
    ['steps.any.by', 'nobody', 'progress.steps.any.by names "nobody", which is no step of Sample'],
    ['steps.any.survived', [{ message: 'x' }], 'progress.steps.any.survived[0].name must be a string'],
    ['steps.any.started', 2, 'progress.steps.any.started must be 1 at most'],
    ['steps.src.started', 1, 'progress.steps.src.visits must be 1 at most'],
    ['steps.src.visits', ['nice'], 'progress.steps.src.visits[0] must be one of null, done, recovered, failed,'],
    ['loops.any', { alive: 0, busy: false, over: false }, 'progress.loops.any is no loop of Sample'],
    ['loops.src', undefined, 'progress.loops has no "src"'],
    ['loops.loop.jumps', [{ from: 'one', output: {} }], 'progress.loops.loop.jumps names "one", which does not lead'],
    ['loops.loop.entries', [{ from: 'end', output: {} }], 'progress.loops.loop.entries names "end", which does not'],
    ['loops.loop.entries', [{ from: 'one', output: { list: [[1, 2]] } }], 'output.list must hold items of one value'],
  ])('is refused with its place where %s is %j', (path, value, message) => {
    expect(checkSnapshot(plan, bent(path, value)).join('\n')).toContain(message);
  });

  it(
    'whatever it is: it is refused, or a run goes on from it without a crash and comes to an end',
    { timeout: 120_000 },
    () => {
      let taken = 0;
      const loops = compile(buildPipeline({ steps: STEPS, pipeline: { maxVisits: 9 } })).plan;
      const places = placesIn(fine());
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.constantFrom(...places), fc.oneof(fc.jsonValue(), fc.nat(30), fc.boolean())), {
            minLength: 1,
            maxLength: 3,
          }),
          (changes) => {
            const snapshot: Record<string, unknown> = fine();
            for (const [path, value] of changes) put(snapshot, path, value);
            if (checkSnapshot(loops, snapshot).length > 0) return;
            taken++;
            const copy = Drive.from(loops, fromSnapshot(loops, snapshot as never), suspended());
            for (let time = 0; time < 300 && copy.failure === undefined; time++) {
              const [key] = copy.alive.keys();
              if (key === undefined) break;
              copy.end(key);
            }
            expect(copy.failure !== undefined || copy.alive.size === 0).toBe(true);
          },
        ),
        { numRuns: runs(2_000) },
      );
      expect(taken).toBeGreaterThan(runs(100));
      expect(({} as { open?: unknown }).open).toBeUndefined();
    },
  );
});

/** Every path in a value, and one that leads to the prototype. */
function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return [
    [...path, '__proto__'],
    ...Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...placesIn(inner, [...path, key])]),
  ];
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const last = path[path.length - 1];
  let at: unknown = target;
  for (const key of path.slice(0, -1)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return;
    at = (at as Record<string, unknown>)[key];
  }
  if (typeof at !== 'object' || at === null) return;
  Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true });
}
