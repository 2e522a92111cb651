import { OnError, Pipeline, skip, Step, Streaming, type Ctx, type RunEvent } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../support/events-of.js';
import { gate } from '../support/gate.js';
import { outcomeOf } from '../support/outcome-of.js';
import { whenAborted } from '../support/when-aborted.js';

/** The text that a consumer shows who does what a token-reset says. */
function shown(events: readonly RunEvent[]): string {
  let tokens: { seq: number; step: string; value: unknown }[] = [];
  for (const event of events) {
    if (event.type === 'token') tokens.push(event);
    if (event.type === 'token-reset')
      tokens = tokens.filter(({ seq, step }) => step !== event.step || seq < event.from || seq > event.to);
  }
  return tokens.map(({ value }) => value).join('');
}

class Speaker extends Pipeline<{ fails: number }> {
  @Step({ to: ['speak', 'hum'] })
  split(): void {}
  @Streaming({ retry: 3, onError: 'apologise' })
  async *speak({ state, attempt }: Ctx<this>): AsyncGenerator<string> {
    for (const part of ['The ', 'answer ', 'is ']) {
      yield part;
      await new Promise(setImmediate);
    }
    if (attempt <= state.fails) throw new Error('cut');
    yield '42.';
  }
  @Streaming()
  async *hum(): AsyncGenerator<string> {
    for (let i = 0; i < 12; i++) {
      yield 'm';
      await new Promise(setImmediate);
    }
  }
  @OnError()
  async *apologise(): AsyncGenerator<string> {
    yield 'Sorry.';
  }
}

describe('promise 8: a stream is honest', () => {
  it.each([
    [0, 'The answer is 42.'],
    [1, 'The answer is 42.'],
    [2, 'The answer is 42.'],
    [3, 'Sorry.'],
  ])('after %i failed attempts a consumer who honours token-reset shows what result.text says', async (fails, said) => {
    const run = new Speaker().run({ fails });
    const events = await eventsOf(run);
    const { text, texts } = await run.result;
    expect(shown(events)).toBe(text);
    expect(texts).toEqual({ speak: said, hum: 'm'.repeat(12) });
    expect(events.filter(({ type }) => type === 'token-reset')).toHaveLength(Math.min(fails, 3));
  });

  it('a reset comes before anything else of that step is said again', async () => {
    const events = await eventsOf(new Speaker().run({ fails: 2 }));
    const ofSpeak = events.filter((event) => 'step' in event && event.step === 'speak');
    for (const [i, event] of ofSpeak.entries()) {
      if (event.type !== 'token-reset') continue;
      expect(ofSpeak[i - 1].type).toBe('token');
      expect(ofSpeak[i + 1].type).toBe('step-retry');
      const own = ofSpeak.filter(({ type, seq }) => type === 'token' && seq >= event.from && seq <= event.to);
      expect(own.map((token) => (token as { value: string }).value)).toEqual(['The ', 'answer ', 'is ']);
    }
  });

  it('a lost branch, a survived failure and a skip by the catch-all take their words back', async () => {
    const said = gate();
    const failed = gate();
    class Voices extends Pipeline<object> {
      @Step({ to: ['loser', 'broken', 'winner', 'skipped'] })
      ask(): void {}
      @Streaming({ to: 'first' })
      async *loser({ signal }: Ctx<this>): AsyncGenerator<string> {
        yield 'L';
        said.open();
        await whenAborted(signal);
      }
      @Streaming({ to: 'first' })
      async *broken(): AsyncGenerator<string> {
        yield 'B';
        await said.promise;
        setImmediate(() => failed.open());
        throw new Error('broken');
      }
      @Streaming({ to: 'first' })
      async *winner(): AsyncGenerator<string> {
        yield 'W';
        await failed.promise;
      }
      @Streaming()
      async *skipped(): AsyncGenerator<string> {
        yield 'S';
        throw new Error('skip me');
      }
      @Step({ join: 'any' })
      first(): void {}
      @OnError()
      onFail({ failed }: { readonly failed: string }) {
        return failed === 'skipped' ? skip() : undefined;
      }
    }
    const run = new Voices().run({});
    const events = await eventsOf(run);
    const { status, text } = await run.result;
    expect(status).toBe('success');
    expect(text).toBe('W');
    expect(shown(events)).toBe('W');
    const why = Object.fromEntries(
      events.flatMap((event) => (event.type === 'token-reset' ? [[event.step, event.why]] : [])),
    );
    expect(why).toEqual({ loser: 'lost', broken: 'failed', skipped: 'handler' });
  });

  it('what a failed or cancelled run has said stays said: it was never replaced', async () => {
    class Cut extends Pipeline<object> {
      @Streaming()
      async *speak(): AsyncGenerator<string> {
        yield 'half';
        throw new Error('cut');
      }
    }
    const run = new Cut().run({});
    const events = await eventsOf(run);
    expect(shown(events)).toBe('half');
    expect((await outcomeOf(run)).text).toBe('half');
  });
});
