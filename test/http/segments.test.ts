import { describe, expect, it } from 'vitest';
import { Pipeline, Step, Streaming, suspend, type Ctx, type RunEvent } from 'stepstream';
import { RunRegistry, toResponse, type AttachOptions } from 'stepstream/http';
import { dataOf } from './read-sse.js';

class Asks extends Pipeline<object> {
  static readonly pipeline = { name: 'asks' };

  @Streaming({ to: 'ask' })
  async *greet() {
    yield 'Hello. ';
  }

  @Step({ to: 'respond' })
  ask() {
    return suspend<string>('who?');
  }

  @Streaming()
  async *respond({ input }: Ctx<this, string>) {
    yield `Bye, ${input}.`;
  }
}

/** A run that has been asked for its second segment, and where its first has ended. */
async function answered() {
  const runs = new RunRegistry();
  const bot = new Asks();
  const first = runs.start((options) => bot.run({}, { ...options, id: 'run-1' }));
  const told = dataOf(await (await runs.attach('run-1')).text()) as RunEvent[];
  const result = await first.result;
  if (result.status !== 'suspended') throw new Error(result.status);
  const second = runs.start((options) => bot.resume(result.checkpoint, { ask: 'Ada' }, options));
  const read = async (options: AttachOptions): Promise<string> => (await runs.attach('run-1', options)).text();
  return { runs, told, second, read, last: told.at(-1)!.seq };
}

const messageIdOf = (text: string): unknown => (dataOf(text)[0] as { messageId: string }).messageId;

describe('a run that goes on with an answer', () => {
  it('is a message of its own to the AI SDK, or the one that it is told', async () => {
    const { read, second } = await answered();
    const text = await read({ format: 'ui-message-stream' });
    expect(messageIdOf(text)).toBe('run-1#2');
    expect(text).toContain('Bye, Ada.');
    expect(text).not.toContain('Hello.');
    expect(messageIdOf(await read({ format: 'ui-message-stream', messageId: 'run-1' }))).toBe('run-1');
    expect(second.id).toBe('run-1');
    const direct = toResponse(new Asks().run({}, { id: 'run-2' }), { format: 'ui-message-stream' });
    expect(messageIdOf(await direct.text())).toBe('run-2');
  });

  it('is sent from where it goes on to a client that says no position, and is not taken for the first', async () => {
    const { read, told, last } = await answered();
    expect(await read({ format: 'text' })).toBe('Bye, Ada.');
    const events = dataOf(await read({})) as RunEvent[];
    expect(events[0]).toMatchObject({ type: 'run-start', segment: 2, seq: last + 1 });
    const behind = dataOf(await read({ lastEventId: `${last}` })) as RunEvent[];
    expect(behind).toEqual(events);
    expect(told.map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  });

  it('has a gap behind a position in its first segment, and says so', async () => {
    const { runs, last } = await answered();
    for (const after of [1, last - 1]) {
      const response = await runs.attach('run-1', { after });
      expect([response.status, await response.json()]).toMatchObject([410, { error: { code: 'EVENTS_GONE' } }]);
    }
  });
});
