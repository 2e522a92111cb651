import { expectTypeOf } from 'vitest';
import { Pipeline, Step, Streaming, type Ctx } from 'stepstream';
import { connect, LiveText, type Connection, type Json, type WireEvent } from 'stepstream/client';

class Bot extends Pipeline<{ prompt: string }> {
  @Step({ to: 'respond' })
  look() {
    return { at: new Date(), tags: new Set(['a']), price: 3 as number | undefined, say: () => 'no' };
  }
  @Streaming()
  async *respond({ state }: Ctx<this>) {
    yield state.prompt;
    yield 7;
  }
}

const connection = connect<Bot>('/runs', { body: { prompt: 'hi' }, runUrl: (id) => `/runs/${id}` });
expectTypeOf(connection).toEqualTypeOf<Connection<Bot>>();
expectTypeOf(connection.runId).toEqualTypeOf<string | undefined>();

for await (const event of connection) {
  // A discriminated union, with the names of the class.
  if (event.type === 'token') {
    expectTypeOf(event.step).toEqualTypeOf<'respond'>();
    expectTypeOf(event.value).toEqualTypeOf<string | number>();
  }
  if (event.type === 'step-end' && event.step === 'look') {
    // As JSON gives it.
    expectTypeOf(event.output.at).toEqualTypeOf<string>();
    expectTypeOf(event.output.price).toEqualTypeOf<number | undefined>();
    expectTypeOf(event.output.say).toEqualTypeOf<never>();
  }
  if (event.type === 'run-end') {
    expectTypeOf(event.status).toEqualTypeOf<'success' | 'failed' | 'cancelled' | 'timeout' | 'suspended'>();
    // @ts-expect-error -- the server keeps it
    void event.checkpoint;
  }
  // @ts-expect-error -- there is no such step
  if ('step' in event && event.step === 'respnd') break;
}

// A Bot's event is an event of anybody's.
expectTypeOf<WireEvent<Bot>>().toExtend<WireEvent>();
const text = new LiveText('respond');
for await (const event of connect<Bot>('/runs/1')) expectTypeOf(text.take(event)).toEqualTypeOf<boolean>();
for await (const event of connect('/runs/1')) expectTypeOf(event.seq).toEqualTypeOf<number>();

expectTypeOf<Json<{ a: Date[]; b: readonly [1, null]; c?: bigint }>>().toEqualTypeOf<{
  a: string[];
  b: readonly [1, null];
  c?: undefined;
}>();
expectTypeOf<Json<unknown>>().toEqualTypeOf<unknown>();

// @ts-expect-error -- it is no option
connect('/runs', { retry: 3 });
// @ts-expect-error -- the address of a run is a text or a URL
connect('/runs', { body: {}, runUrl: () => 7 });
