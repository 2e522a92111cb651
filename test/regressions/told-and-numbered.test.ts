import { HookError, OnStartup, Pipeline, Step, Streaming, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { gate } from '../support/gate.js';
import { recordEvents } from '../support/record-events.js';
import { sleep } from '../support/sleep.js';
import { catchUnhandled } from '../support/catch-unhandled.js';

type Empty = Record<string, never>;

class Plain extends Pipeline<Empty> {
  @Step()
  work(): void {}
}

describe('events', () => {
  it('reach a listener in the order of their seq, also when another listener throws meanwhile (E.4)', async () => {
    const plain = new Plain();
    const events = recordEvents(plain);
    const run = plain.run({});
    run.on('step-start', () => {
      throw new Error('mine');
    });
    await run.result;
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('run.events({ after })', () => {
  it('begins behind that seq also if it was not yet said when the iterator came (E.3)', async () => {
    const seqs: number[] = [];
    for await (const { seq } of new Plain().run({}).events({ after: 2 })) seqs.push(seq);
    expect(seqs).toEqual([3, 4]);
  });
});

describe('the id of a live run', () => {
  it('is refused also if it was a random one (E.1, E.7)', async () => {
    const plain = new Plain();
    const run = plain.run({});
    expect(() => plain.run({}, { id: run.id })).toThrow(/is alive/);
    await run.result;
  });
});

describe('an unhandled rejection', () => {
  it('is not raised when a once() listener of step-error was told (E.6)', async () => {
    class Failing extends Pipeline<Empty> {
      @Step()
      work(): void {
        throw new Error('no');
      }
    }
    const unhandled = await catchUnhandled(async () => {
      const failing = new Failing();
      failing.once('step-error', () => undefined);
      failing.run({});
      await sleep(20);
    });
    expect(unhandled).toEqual([]);
  });

  it('is raised when only step-error was listened to, and no step has failed: nobody was told (E.6)', async () => {
    class Broken extends Pipeline<Empty> {
      @OnStartup()
      connect(): void {
        throw new Error('no database');
      }
      @Step()
      work(): void {}
    }
    const unhandled = await catchUnhandled(async () => {
      const broken = new Broken();
      broken.on('step-error', () => undefined);
      broken.run({});
      await sleep(20);
    });
    expect(unhandled).toHaveLength(1);
    expect((unhandled[0] as Error).cause).toBeInstanceOf(HookError);
  });

  it('is raised when the only iterator was detached before the failure (E.6)', async () => {
    const left = gate();
    class Later extends Pipeline<Empty> {
      @Streaming()
      async *speak(_: Ctx<this>): AsyncGenerator<string> {
        yield 'one';
        await left.promise;
        throw new Error('after you left');
      }
    }
    const unhandled = await catchUnhandled(async () => {
      const run = new Later().run({});
      for await (const event of run.events({ leave: 'detach' })) if (event.type === 'token') break;
      left.open();
      await sleep(20);
    });
    expect(unhandled).toHaveLength(1);
  });
});
