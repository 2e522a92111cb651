import {
  BlueprintError,
  OnShutdown,
  OnStartup,
  Pipeline,
  RunCancelledError,
  Streaming,
  type Ctx,
  type RunContext,
} from 'stepstream';
import { memoryStore } from 'stepstream/storage/memory';
import { testRun, virtualClock } from 'stepstream/testing';
import { beforeEach, expect, it } from 'vitest';
import { buildPipeline } from '../support/build-class.js';
import { shortly } from '../support/events-of.js';
import { sleep } from '../support/sleep.js';
import { whenAborted } from '../support/when-aborted.js';
import { becameOf } from './became-of.js';

beforeEach(() => expect.hasAssertions());

/** Two hooks on either side of a stream that goes on until it is aborted, or until it should end or fail. */
class Hooked extends Pipeline<{ does?: 'end' | 'fail' }> {
  readonly trail: string[] = [];
  breaks = '';
  @OnStartup() u1(): void {
    this.enter('u1');
  }
  @OnStartup() async u2(): Promise<void> {
    this.enter('u2');
  }
  @Streaming() async *speak({ state, signal }: Ctx<this>): AsyncGenerator<string> {
    try {
      yield 'one';
      if (state.does === 'fail') throw new Error('boom');
      if (state.does !== 'end') await whenAborted(signal);
    } finally {
      await sleep(1);
      this.enter('finally');
    }
  }
  @OnShutdown() d1(): void {
    this.enter('d1');
  }
  @OnShutdown() async d2(): Promise<void> {
    await sleep(1);
    this.enter('d2');
  }
  private enter(name: string): void {
    this.trail.push(name);
    if (this.breaks === name) throw new Error(`${name} broke`);
  }
}

const WHOLE = ['u1', 'u2', 'finally', 'd2', 'd1'];

it('B014 run-start is told first; then every hook is told when it begins and when it ends', async () => {
  const { events } = await testRun(new Hooked(), { does: 'end' });
  expect(shortly(events)).toEqual([
    'run-start',
    'hook-start u1',
    'hook-end u1',
    'hook-start u2',
    'hook-end u2',
    'step-start speak',
    'token speak',
    'step-end speak',
    'hook-start d2',
    'hook-end d2',
    'hook-start d1',
    'hook-end d1',
    'run-end success',
  ]);
});

it('B015 a startup hook that fails fails the run before any step, and only what had started is shut down', async () => {
  const hooked = new Hooked();
  hooked.breaks = 'u2';
  const { events, result } = await testRun(hooked, {});
  expect(shortly(events)[0]).toBe('run-start');
  expect(result).toMatchObject({ status: 'failed', error: { code: 'HOOK_FAILED', hook: 'u2' } });
  expect(becameOf(result)).toEqual({ speak: 'ended' });
  expect(hooked.trail).toEqual(['u1', 'u2', 'd1']);
});

it('B016 shutdown hooks run in reverse', async () => {
  const hooked = new Hooked();
  await testRun(hooked, { does: 'end' });
  expect(hooked.trail).toEqual(['u1', 'u2', 'finally', 'd2', 'd1']);
});

it('B017 a shutdown hook that fails stops no other and changes no status: it is a warning', async () => {
  const hooked = new Hooked();
  hooked.breaks = 'd2';
  const { result } = await testRun(hooked, { does: 'end' });
  expect(hooked.trail).toEqual(WHOLE);
  expect(result).toMatchObject({ status: 'success', errors: [], warnings: [{ code: 'SHUTDOWN_FAILED' }] });
});

it('B018 shutdown hooks run after a failure, a timeout, a cancel and a loop that was left', async () => {
  const [failed, late, cancelled, left] = [new Hooked(), new Hooked(), new Hooked(), new Hooked()];
  const { result } = await testRun(failed, { does: 'fail' });
  expect((await testRun(late, {}, { timeout: 5 })).result.status).toBe('timeout');
  const run = cancelled.run({});
  run.on('token', () => void run.cancel());
  await run.result;
  for await (const _ of left.run({}).tokens()) break;
  expect(result.status).toBe('failed');
  for (const { trail } of [failed, late, cancelled, left]) expect(trail).toEqual(WHOLE);
});

it('B019 the statement behind a loop that was left runs after the finally of the step and the shutdown', async () => {
  const hooked = new Hooked();
  for await (const _ of hooked.run({}).tokens()) {
    hooked.trail.push('break');
    break;
  }
  hooked.trail.push('next statement');
  expect(hooked.trail).toEqual(['u1', 'u2', 'break', 'finally', 'd2', 'd1', 'next statement']);
});

it('B020 return() of an iterator resolves after the finally of the step and the shutdown', async () => {
  const hooked = new Hooked();
  const tokens = hooked.run({}).tokens();
  expect(await tokens.next()).toEqual({ done: false, value: 'one' });
  await tokens.return!();
  expect(hooked.trail).toEqual(WHOLE);
});

it('B021 listeners and hooks are told how a run ended whose reader has left, and its store keeps that', async () => {
  const ends: string[] = [];
  class Kept extends Hooked {
    static readonly pipeline = { name: 'kept' };
    @OnShutdown({ per: 'run' }) save({ outcome }: RunContext<object>): void {
      ends.push(`hook: ${outcome!.status}`);
    }
  }
  const store = memoryStore();
  const run = new Kept().run({}, { id: 'left', store });
  run.on('run-end', ({ status }) => ends.push(`listener: ${status}`));
  for await (const _ of run.tokens()) break;
  expect(ends).toEqual(['hook: cancelled', 'listener: cancelled']);
  await run.result;
  expect(await store.get('left')).toMatchObject({ status: 'cancelled', text: 'one', endedAt: expect.any(Number) });
});

it('B022 a caller that is cancelled aborts its run by signal, which cleans up and says so', async () => {
  const hooked = new Hooked();
  const caller = new AbortController();
  const run = hooked.run({}, { signal: caller.signal });
  run.on('token', () => caller.abort(new Error('the request is gone')));
  const error = await run.result.then(undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(RunCancelledError);
  expect(error).toMatchObject({ name: 'AbortError', result: { status: 'cancelled' } });
  expect(hooked.trail).toEqual(WHOLE);
});

it('B024 a class without steps is a mistake of the class, and none of its hooks run', () => {
  let ran = false;
  const Empty = buildPipeline({
    extends: Pipeline as never,
    hooks: [{ name: 'up', on: 'startup', body: () => (ran = true) }],
  }) as unknown as new () => Pipeline<object>;
  expect(() => new Empty().run({})).toThrow(BlueprintError);
  expect(() => new Empty().run({})).toThrow('EMPTY_PIPELINE');
  expect(ran).toBe(false);
});

it('B025 a hook that hangs is bounded by hookTimeout, at startup and at shutdown', async () => {
  const hanging = (per: 'startup' | 'shutdown'): Pipeline<object> => {
    const Hanging = buildPipeline({
      extends: Pipeline as never,
      pipeline: { hookTimeout: 30_000 },
      steps: [{ name: 'work' }],
      hooks: [{ name: 'hang', on: per, per: 'run', body: () => new Promise(() => undefined) }],
    }) as unknown as new () => Pipeline<object>;
    return new Hanging();
  };
  const clock = virtualClock();
  const runs = [testRun(hanging('startup'), {}, { clock }), testRun(hanging('shutdown'), {}, { clock })];
  await clock.advance(30_000);
  const [up, down] = (await Promise.all(runs)).map(({ result }) => result);
  expect(up).toMatchObject({ status: 'failed', error: { code: 'HOOK_TIMEOUT' } });
  expect(down).toMatchObject({ status: 'success', warnings: [{ code: 'SHUTDOWN_FAILED' }] });
});
