import { describe, expect, it } from 'vitest';
import { TooManyVisitsError } from '../../src/errors/too-many-visits-error.js';
import type { StepSpec } from '../support/build-class.js';
import { Drive } from '../support/drive.js';

/** Steps written as `name → targets`; a `?` behind a target is a goto, and join and maxVisits stand behind a bar. */
const steps = (text: string): StepSpec[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [edges, ...options] = line.split('|').map((part) => part.trim());
      const [name, targets = ''] = edges.split('→').map((part) => part.trim());
      const all = targets.split(' ').filter((target) => target !== '');
      const goto = all.filter((target) => target.endsWith('?')).map((target) => target.slice(0, -1));
      const visits = options.map(Number).find((count) => count > 0);
      return {
        name,
        to: all.filter((target) => !target.endsWith('?')),
        join: options.find((option) => option === 'any' || option === 'all') as 'any' | undefined,
        options: { ...(goto.length > 0 && { goto }), ...(visits && { maxVisits: visits }) },
      };
    });

const drive = (text: string): Drive => new Drive(steps(text));

/** A loop whose header goes on with the first of two. */
const LOOP_OF_ANY = `
  s → a b
  a → h
  b → h
  h → c | any
  c → h? end
  end`;

describe('a round (C.2)', () => {
  const agent = `
    ask → think
    think → answer web? docs?
    web → think
    docs → think
    answer`;

  it('is opened by a jump, and carries its output as the input', () => {
    const run = drive(agent);
    expect(run.end('ask')).toBe('think');
    expect(run.given('think')).toEqual({ input: 'ask' });
    expect(run.end('think', { route: ['web'], passes: 'otters' })).toBe('web');
    expect(run.given('web')).toEqual({ input: 'otters' });
    expect(run.end('web')).toBe('think#2');
    expect(run.given('think#2')).toEqual({ input: 'web' });
    expect(run.end('think#2')).toBe('answer');
    expect(run.end('answer')).toBe('');
    expect(run.waiting).toEqual([]);
    expect(run.ledger).toEqual({ ask: 'done', think: 'done done', answer: 'done', web: 'done', docs: 'dead by think' });
  });

  it('begins when nothing else of the body is alive; of several jumps the first source in plan order gives the input', () => {
    const run = drive(agent);
    run.run('ask');
    run.end('think', { route: ['web', 'docs'] });
    expect(run.end('docs')).toBe('');
    expect(run.end('web')).toBe('think#2');
    expect(run.given('think#2')).toEqual({ input: 'web' });
  });

  it('of one source the last jump counts', () => {
    // `b` stands behind the loop of `in` and so may jump several times in one round of `out`.
    const run = drive(`
      out → in
      in → in? b
      b → out?`);
    run.run('out');
    run.end('in', { route: ['in', 'b'] });
    run.end('in#2');
    expect(run.now).toBe('b b#2');
    run.end('b#2', { route: ['out'] });
    expect(run.end('b', { route: ['out'] })).toBe('out#2');
    expect(run.given('out#2')).toEqual({ input: 'b' });
  });

  it('a self-loop keeps its exit', () => {
    const run = drive(`
      a → b a?
      b`);
    expect(run.end('a', { route: ['a', 'b'] })).toBe('a#2 b');
    expect(run.end('a#2')).toBe('b#2');
    expect(run.run('b', 'b#2')).toBe('');
    expect(run.ledger).toEqual({ a: 'done done', b: 'done done' });
    expect(run.waiting).toEqual([]);
  });

  it('re-arms the joins in it', () => {
    const run = drive(`
      h → a b
      a → j
      b → j
      j → h? end
      end`);
    expect(run.run('h', 'a')).toBe('b');
    expect(run.end('b')).toBe('j');
    expect(run.given('j').inputs).toEqual({ a: 'a', b: 'b' });
    expect(run.end('j', { route: ['h'] })).toBe('h#2');
    run.end('h#2');
    run.end('b#2');
    run.end('a#2', { does: 'skip' });
    expect(run.given('j#2').inputs).toEqual({ b: 'b#2' });
    expect(run.end('j#2')).toBe('end');
    expect(run.joins).toEqual(['j: a b / ', 'j: b / a']);
  });

  it('of a header that is a join has as inputs the jumps', () => {
    const run = drive(`
      s → a b
      a → h
      b → h
      h → c d
      c → h?
      d → h?`);
    run.run('s', 'a', 'b');
    expect(run.given('h').inputs).toEqual({ a: 'a', b: 'b' });
    run.end('h');
    run.end('d', { route: ['h'], passes: 4 });
    run.end('c', { route: ['h'], passes: 3 });
    expect(run.given('h#2')).toEqual({ input: 3, inputs: { c: 3, d: 4 } });
    run.run('h#2', 'c#2', 'd#2');
    expect(run.now).toBe('');
    expect(run.waiting).toEqual([]);
    // It has waited once; a jump is no decision.
    expect(run.joins).toEqual(['h: a b / ']);
  });

  it('of a loop inside another one begins anew with each round around it', () => {
    const run = drive(`
      out → in
      in → work
      work → in? out? end
      end`);
    run.run('out', 'in');
    run.end('work', { route: ['in'] });
    run.end('in#2');
    expect(run.end('work#2', { route: ['in', 'out'] })).toBe('in#3');
    // The jump of the loop around waits for it.
    run.end('in#3');
    expect(run.end('work#3')).toBe('out#2 end');
    expect(run.given('out#2')).toEqual({ input: 'work#2' });
    run.run('out#2', 'in#4', 'end', 'work#4', 'end#2');
    expect(run.now).toBe('');
    expect(run.waiting).toEqual([]);
  });

  it('entries of a busy loop queue in order of arrival, a pending jump goes first', () => {
    const run = drive(`
      src → src? one
      one → loop
      loop → loop? end
      end`);
    run.end('src', { route: ['src', 'one'] });
    run.end('src#2', { route: ['src', 'one'] });
    run.end('src#3');
    expect(run.now).toBe('one one#2 one#3');
    run.run('one', 'one#3', 'one#2');
    expect(run.now).toBe('loop');
    expect(run.end('loop', { route: ['loop'] })).toBe('loop#2');
    expect(run.given('loop#2')).toEqual({ input: 'loop' });
    expect(run.end('loop#2')).toBe('loop#3 end');
    expect(run.given('loop#3')).toEqual({ input: 'one#3' });
    expect(run.end('loop#3', { does: 'skip' })).toBe('loop#4');
    expect(run.given('loop#4')).toEqual({ input: 'one#2' });
    run.run('loop#4', 'end', 'end#2');
    expect(run.now).toBe('');
    expect(run.waiting).toEqual([]);
  });
});

describe('behind a loop (C.3, C.4)', () => {
  it('a step with one edge runs once per round that leads to it, a join when the loop is over, with the last arrival', () => {
    const run = drive(`
      a → a? log both
      side → both
      log
      both → end
      end
      start → a side`);
    run.run('start', 'side');
    expect(run.end('a', { route: ['a', 'log', 'both'], output: 1 })).toBe('a#2 log');
    expect(run.end('a#2', { route: ['a'] })).toBe('a#3');
    expect(run.end('a#3', { output: 3 })).toBe('log#2 both');
    expect(run.given('both').inputs).toEqual({ a: 3, side: 'side' });
    expect(run.run('both', 'log', 'log#2', 'end')).toBe('');
    expect(run.joins).toEqual(['both: side a / ']);
  });

  it("join: 'all' makes a step with one edge wait for the loop, and for what runs again and again behind it", () => {
    const run = drive(`
      a → a? b
      b → c
      c → d | all
      d`);
    run.end('a', { route: ['a', 'b'] });
    run.end('a#2');
    expect(run.end('b#2')).toBe('');
    expect(run.end('b')).toBe('c');
    // The last that arrived, not the last visit.
    expect(run.given('c')).toEqual({ input: 'b', inputs: { b: 'b' } });
    expect(run.run('c')).toBe('d');
  });

  it("join: 'any' takes the first arrival and shuts the loop, which nothing else needs", () => {
    const run = drive(`
      a → b c
      b → a? j
      c → a?
      j | any`);
    run.run('a');
    expect(run.end('b', { route: ['a', 'j'] })).toBe('j');
    // `c` may end without an edge, so it is no loser, and the loop goes on.
    expect(run.now).toBe('c j');
    expect(run.run('c')).toBe('j a#2');
  });

  it('a decided any-join drops the pending jumps and queued entries of the loops that lead only to it (C.6)', () => {
    const run = drive(`
      start → src fast
      src → src? one
      one → loop
      loop → slow loop
      slow → j
      fast → j
      j | any`);
    run.run('start');
    run.end('src', { route: ['src', 'one'] });
    run.end('src#2');
    run.run('one', 'one#2');
    run.end('loop');
    expect(run.now).toBe('fast loop#2 slow');
    expect(run.end('fast')).toBe('j');
    expect(run.now).toBe('j');
    expect(run.run('j')).toBe('');
    expect(run.waiting).toEqual([]);
    expect(run.ledger).toMatchObject({ loop: 'done lost', slow: 'lost', j: 'done' });
  });

  it('a step of a loop that leads only to a decided any-join starts no more in later rounds either (C.6)', () => {
    const run = drive(`
      start → h fast
      fast → j
      h → a b
      a → j
      b → h?
      j | any`);
    run.run('start', 'h', 'fast');
    // `b` may jump, and goes on.
    expect(run.now).toBe('b j');
    expect(run.end('b', { route: ['h'] })).toBe('h#2');
    expect(run.end('h#2')).toBe('b#2');
    expect(run.run('b#2', 'j')).toBe('');
    expect(run.ledger).toMatchObject({ a: 'lost', b: 'done done' });
    expect(run.waiting).toEqual([]);
  });

  it('an any-join inside a loop has losers in its own round only (C.6)', () => {
    const run = drive(`
      h → a b
      a → j
      b → j
      j → h? end | any
      end`);
    run.run('h');
    expect(run.end('b')).toBe('j');
    expect(run.now).toBe('j');
    run.end('j', { route: ['h'] });
    run.end('h#2');
    expect(run.now).toBe('a#2 b#2');
    expect(run.end('a#2')).toBe('j#2');
    expect(run.run('j#2', 'end')).toBe('');
    expect(run.ledger).toEqual({ h: 'done done', a: 'lost done', b: 'done lost', j: 'done done', end: 'done' });
  });
});

describe('the header of a loop', () => {
  it('that was shut for one round may be entered for the next (C.6)', () => {
    const run = drive(`
      src → src? one
      one → h
      h → a b
      a → j
      b → j
      j → h? end | any
      end`);
    run.end('src', { route: ['src', 'one'] });
    run.end('src#2');
    run.run('one', 'h');
    expect(run.end('a')).toBe('j');
    // The join is decided, and every path from `h` has led there.
    expect(run.end('one#2')).toBe('');
    expect(run.end('j')).toBe('h#2 end');
    expect(run.given('h#2')).toEqual({ input: 'one#2' });
    expect(run.run('end', 'h#2', 'b#2', 'j#2', 'end#2')).toBe('');
    expect(run.waiting).toEqual([]);
    expect(run.ledger).toMatchObject({ h: 'done done', a: 'done lost', b: 'lost done', j: 'done done' });
  });

  it('that is an any-join is decided once, and its rounds go on (C.4)', () => {
    const run = drive(LOOP_OF_ANY);
    run.run('s');
    expect(run.end('b')).toBe('h');
    expect(run.now).toBe('h');
    run.run('h');
    expect(run.end('c', { route: ['h'] })).toBe('h#2');
    expect(run.given('h#2')).toEqual({ input: 'c', inputs: { c: 'c' } });
    run.run('h#2');
    expect(run.end('c#2')).toBe('end');
    expect(run.run('end')).toBe('');
    expect(run.ledger).toEqual({ s: 'done', a: 'lost', b: 'done', h: 'done done', c: 'done done', end: 'done' });
    expect(run.joins).toEqual(['h: b / ']);
  });

  it('that is an any-join of failed branches reports them, and may be recovered and run on (C.5)', () => {
    const run = drive(LOOP_OF_ANY);
    run.run('s');
    run.end('a', { does: 'fail' });
    expect(run.end('b', { does: 'fail' })).toBe('h');
    expect(run.given('h').failure!.errors).toHaveLength(2);
    run.run('h');
    run.end('c', { route: ['h'], passes: 5 });
    expect(run.given('h#2')).toEqual({ input: 5, inputs: { c: 5 } });
  });
});

describe('failures in loops (C.5)', () => {
  it('a join of the same round survives them, and only in that round', () => {
    const run = drive(`
      h → a b
      a → j
      b → j
      j → h? end | any
      end`);
    run.run('h');
    run.end('a', { does: 'fail' });
    expect(run.end('b')).toBe('j');
    run.end('j', { route: ['h'] });
    run.end('h#2');
    run.end('b#2', { does: 'skip' });
    // The failure of the first round is no reason to fail in the second.
    expect(run.end('a#2', { does: 'skip' })).toBe('');
    expect(run.failure).toBeUndefined();
    expect(run.waiting).toEqual([]);
    expect(run.ledger).toMatchObject({ j: 'done', end: 'dead by j' });
  });

  it('a join behind the loop survives them, and fails when the loop is over without a success', () => {
    const run = drive(`
      start → h other
      h → a b
      a → j
      b → h?
      other → j
      j | any`);
    run.run('start', 'h');
    run.end('a', { does: 'fail' });
    run.end('other', { does: 'skip' });
    expect(run.now).toBe('b');
    run.end('b', { route: ['h'] });
    run.end('h#2');
    run.end('a#2', { does: 'fail' });
    expect(run.failure).toBeUndefined();
    expect(run.end('b#2')).toBe('j');
    expect((run.given('j').failure!.errors as Error[]).map(({ message }) => message)).toEqual(['a', 'a#2']);
  });

  it('an all-join between the two is dead in that round alone', () => {
    const run = drive(`
      h → a b c
      a → both
      b → both
      c → j h?
      both → j h?
      j | any`);
    run.run('h');
    expect(run.end('a', { does: 'fail' })).toBe('');
    run.end('b');
    expect(run.end('c', { route: ['h'] })).toBe('h#2');
    run.run('h#2', 'a#2');
    expect(run.end('b#2')).toBe('both');
    expect(run.end('both')).toBe('j');
    expect(run.joins).toEqual(['both:  / a', 'both: a b / ', 'j: both / ']);
  });

  it('are failures of the run where a jump or an exit leads elsewhere', () => {
    const run = drive(`
      h → a
      a → j h
      j → out h? | any
      out`);
    run.run('h');
    run.end('a', { does: 'fail' });
    expect(run.failure).toMatchObject({ message: 'a' });
  });
});

describe('a loop that is not entered', () => {
  it('is dead, with all of its body and what is behind it, by the step that chose otherwise (C.3, C.7)', () => {
    const run = drive(`
      start → h? other?
      h → in
      in → in? work
      work → h? end
      end → last
      last
      other`);
    expect(run.end('start', { route: ['other'] })).toBe('other');
    run.run('other');
    expect(run.waiting).toEqual([]);
    expect(run.ledger).toEqual({
      ...{ start: 'done', other: 'done' },
      ...Object.fromEntries(['h', 'in', 'work', 'end', 'last'].map((name) => [name, 'dead by start'])),
    });
  });

  it('closes its exits for the join behind it', () => {
    const run = drive(`
      start → h? other
      h → h? j
      other → j
      j`);
    run.end('start', { route: ['other'] });
    expect(run.end('other')).toBe('j');
    expect(run.joins).toEqual(['j: other / h']);
  });
});

describe('the beginning (C.8)', () => {
  it('of a whole loop is its header, which is given nothing', () => {
    const run = drive(`
      a → b
      b → a? c
      c`);
    expect(run.now).toBe('a');
    expect(run.given('a')).toEqual({ input: undefined });
  });
});

describe('stop and skip', () => {
  it('a stop ends everything, whatever waits to jump (B.4)', () => {
    const run = drive(`
      h → a b
      a → h
      b → h`);
    run.run('h', 'a');
    expect(run.end('b', { does: 'stop' })).toBe('');
    expect(run.now).toBe('');
    expect(run.ledger).toEqual({ h: 'done', a: 'done', b: 'done' });
  });

  it('a skip takes no jump', () => {
    const run = drive(`
      h → a
      a → h end
      end`);
    run.run('h');
    expect(run.end('a', { does: 'skip' })).toBe('');
    expect(run.waiting).toEqual([]);
    expect(run.ledger).toEqual({ h: 'done', a: 'skipped', end: 'dead by a' });
  });
});

describe('maxVisits (C.4)', () => {
  it('ends a loop by an error that names it, when the visit would begin', () => {
    const run = drive(`
      start → h
      h → a | 2
      a → h end
      end`);
    run.run('start', 'h', 'a', 'h#2');
    expect(run.now).toBe('end a#2');
    expect(run.end('a#2')).toBe('');
    expect(run.failure).toBeInstanceOf(TooManyVisitsError);
    expect(run.failure).toMatchObject({
      step: 'h',
      maxVisits: 2,
      message: expect.stringContaining(
        'Sample.h was about to run for the 3rd time in this run, in the loop of "h", "a".',
      ),
    });
  });

  it('counts what stands behind a loop too, also within one report', () => {
    const run = drive(`
      a → a? b
      b → c
      c | 1`);
    run.end('a', { route: ['a', 'b'] });
    run.end('a#2');
    expect(run.end('b')).toBe('c');
    run.end('b#2');
    expect(run.failure).toMatchObject({ step: 'c', message: expect.stringContaining('in the loop of "a"') });
  });
});
