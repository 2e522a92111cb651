// Bundled in several ways by bundles.test.ts, and run: prints what is stored of runs, and what the classes are called.
import { call, Pipeline, planOf, Step, Streaming, SubPipeline, suspend, type Ctx } from 'stepstream';
import { memoryStore } from 'stepstream/storage/memory';

class NamelessChild extends Pipeline<{ word: string }> {
  @Step() speak({ state }: Ctx<this>): string {
    return state.word;
  }
}

class NamedBot extends Pipeline<{ word: string }> {
  static readonly pipeline = { name: 'bot' };

  @Streaming({ to: 'approve' }) async *say({ state }: Ctx<this>) {
    yield state.word;
  }
  @Step({ to: 'ask' }) approve({ input }: Ctx<this, string>) {
    return suspend<string, string>(`May I say ${input}?`);
  }
  @SubPipeline(() => NamelessChild) ask({ input }: Ctx<this, string>) {
    return call(this.child, { word: input });
  }
  private readonly child = new NamelessChild();
}

class NamelessBot extends Pipeline<object> {
  @Step() approve() {
    return suspend<string>('Yes?');
  }
}

/** Without what differs from run to run whatever is built. */
const steady = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, part: unknown) => (/At$|^(at|ms|duration)$/.test(key) ? undefined : part)));

async function main(): Promise<void> {
  const store = memoryStore();
  const options = { id: 'the-run', store };
  const first = await new NamedBot().run({ word: 'hello' }, options).result;
  if (first.status !== 'suspended') throw new Error(`The run is ${first.status}.`);
  const suspended = await store.get('the-run');
  const last = await new NamedBot().resume(first.checkpoint, { approve: 'yes' }, { store }).result;
  const refused: unknown = await new NamelessBot().run({}).result.catch((error: unknown) => error);
  const stored = {
    fingerprint: planOf(NamedBot).fingerprint,
    checkpoint: steady(first.checkpoint),
    suspended: steady(suspended),
    ended: steady(await store.get('the-run')),
  };
  const { cause } = refused as { cause: { code: string } };
  console.log(
    JSON.stringify({
      stored,
      text: last.text,
      outputs: last.outputs,
      classes: [NamedBot.name, NamelessChild.name],
      nameless: cause.code,
    }),
  );
}
void main();
