import { OnShutdown, OnStartup, Pipeline, Step, Streaming, type Ctx } from 'stepstream';
import { describe, expect, it } from 'vitest';
import { sleep } from '../support/sleep.js';

class Talker extends Pipeline<object> {
  static readonly pipeline = { cancelGrace: 40 };
  readonly seen: string[] = [];
  made = 0;
  @OnStartup()
  up(): void {}
  @Streaming({ to: 'after' })
  async *speak({ signal }: Ctx<this>): AsyncGenerator<number> {
    signal.addEventListener('abort', () => this.seen.push('signal'));
    try {
      for (;;) yield ++this.made;
    } finally {
      await sleep(1);
      this.seen.push('finally');
    }
  }
  @Step()
  after(): void {
    this.seen.push('after');
  }
  @OnShutdown()
  async down(): Promise<void> {
    await sleep(1);
    this.seen.push('shutdown');
  }
}

describe('promise 4: leaving the loop stops the work', () => {
  it('after break in mid-stream: at most the lead was made, finally and shutdown have run before the next statement', async () => {
    const talker = new Talker();
    let read = 0;
    for await (const _ of talker.run({}).tokens()) if (++read === 100) break;
    talker.seen.push('next statement');
    const { made } = talker;
    expect(made - read).toBeLessThanOrEqual(2);
    expect(talker.seen).toEqual(['signal', 'finally', 'shutdown', 'next statement']);
    await sleep(5);
    expect(talker.made).toBe(made);
  });

  it('so does a return from the function, and a throw in the loop', async () => {
    for (const leave of ['return', 'throw'] as const) {
      const talker = new Talker();
      const loop = async (): Promise<void> => {
        for await (const token of talker.run({}).tokens()) {
          if (token < 3) continue;
          if (leave === 'return') return;
          throw new Error('out');
        }
      };
      await loop().catch(() => undefined);
      expect(talker.seen).toEqual(['signal', 'finally', 'shutdown']);
    }
  });

  it('break resolves within the grace even if a body ignores its signal', async () => {
    class Deaf extends Pipeline<object> {
      static readonly pipeline = { cancelGrace: 40 };
      @Step({ to: ['speak', 'ignore'] })
      split(): void {}
      @Streaming()
      async *speak(): AsyncGenerator<string> {
        yield 'one';
      }
      @Step()
      async ignore(): Promise<void> {
        await new Promise(() => undefined);
      }
    }
    const run = new Deaf().run({});
    const before = performance.now();
    for await (const _ of run.tokens()) break;
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(await run.result).toMatchObject({ status: 'cancelled', abandoned: ['ignore'] });
  });

  it('while other runs are active it stops only its own work; shutdown waits for the last', async () => {
    const talker = new Talker();
    const other = talker.run({});
    const otherTokens = other.tokens();
    await otherTokens.next();
    for await (const _ of talker.run({}).tokens()) break;
    expect(talker.seen).toEqual(['signal', 'finally']);
    expect((await otherTokens.next()).done).toBe(false);
    await otherTokens.return?.();
    expect(talker.seen).toEqual(['signal', 'finally', 'signal', 'finally', 'shutdown']);
  });
});
