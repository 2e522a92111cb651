import { describe, expect, it } from 'vitest';
import { Step, Streaming, ForEach, Switch, SubPipeline, OnError, OnStartup, call } from '../../src/index.js';
import { Pipeline, type Ctx, type Each, type Join } from '../../src/index.js';
import { runDurably, type Durable } from './support/run-durably.js';
import { foldText } from './support/fold-text.js';

interface Notes {
  readonly topic: string;
  found: string[];
  rounds: number;
  said: string;
}

const soon = (turns: number): Promise<void> =>
  turns === 0 ? Promise.resolve() : new Promise((resolve) => setImmediate(() => resolve(soon(turns - 1))));

class Writer extends Pipeline<{ text: string; drafts: number }> {
  static readonly pipeline = { name: 'writer' };

  @OnStartup({ per: 'run' })
  prepare({ state }: { state: { drafts: number } }) {
    state.drafts += 10;
  }

  @Step({ to: 'draft' })
  plan({ state }: Ctx<this>) {
    state.drafts += 1;
    return state.text.toUpperCase();
  }

  @Streaming()
  async *draft({ input, state }: Ctx<this, string>) {
    for (const letter of input) {
      yield letter;
      await soon(1);
    }
    state.text = `${input}!`;
  }
}

/** Every kind of step there is. */
class Report extends Pipeline<Notes> {
  static readonly pipeline = { name: 'report' };
  readonly writer = new Writer();

  @Step({ to: ['web', 'docs', 'slow'] })
  start({ state }: Ctx<this>) {
    return state.topic;
  }

  @Streaming({ to: 'gather' })
  async *web({ input }: Ctx<this, string>) {
    yield `web ${input}. `;
    await soon(3);
    yield 'More web. ';
    return ['w1', 'w2'];
  }

  @Step({ to: 'gather', retry: 3 })
  async docs({ attempt, usage }: Ctx<this, string>) {
    await soon(2);
    usage({ model: 'm', input: attempt, output: 1 });
    if (attempt < 3) throw new Error(`attempt ${attempt}`);
    return ['d1'];
  }

  @Streaming({ to: 'race' })
  async *slow({ signal }: Ctx<this, string>) {
    for (let i = 0; !signal.aborted; i++) {
      yield `slow ${i} `;
      await soon(2);
    }
  }

  @Step({ to: ['load', 'race'] })
  gather({ inputs, state }: Join<this, { web: string[]; docs: string[] }>) {
    state.found = [...inputs.web, ...inputs.docs];
    return state.found;
  }

  @ForEach({ to: 'choose', concurrency: 2 })
  async load({ item, index }: Each<this, string>) {
    await soon(index % 3);
    return `${item}${index}`;
  }

  @Step({ join: 'any' })
  race() {
    return 'raced';
  }

  @Switch({ cases: { again: 'again', go: 'write' } })
  choose({ state }: Ctx<this, string[]>) {
    return state.rounds < 2 ? ('again' as const) : ('go' as const);
  }

  @Step({ to: 'choose' })
  again({ state, input }: Ctx<this, string[]>) {
    state.rounds += 1;
    return input;
  }

  @SubPipeline(() => Writer, { to: 'finale' })
  write({ state }: Ctx<this, string[]>) {
    return call(this.writer, { text: state.topic, drafts: 0 });
  }

  @Streaming({ onError: 'mend' })
  async *finale({ input }: Ctx<this, { text: string; drafts: number }>) {
    yield 'broken';
    await soon(1);
    throw new Error(`no end for ${input.text} ${input.drafts}`);
  }

  @OnError()
  async *mend() {
    yield 'The ';
    await soon(1);
    yield 'end.';
  }
}

const NOTES: Notes = { topic: 'cats', found: [], rounds: 0, said: '' };

function visible({ result, events }: Durable): object {
  const { status, state, outputs, ledger, texts, usage } = result;
  return { status, state, outputs, ledger, texts, usage, folded: foldText(events) };
}

describe('a durable run', () => {
  it('is the run that it is in process', async () => {
    const here = await new Report().run(NOTES).result;
    const { result } = await runDurably(() => new Report(), NOTES);
    expect(result).toMatchObject({ status: 'success', state: here.state, outputs: here.outputs, usage: here.usage });
    expect(result.state).toMatchObject({ found: ['w1', 'w2', 'd1'], rounds: 2 });
    expect(result.outputs).toMatchObject({ write: { text: 'CATS!', drafts: 11 }, finale: 'The end.' });
  });

  it('ends the same wherever its processes die, and its tokens add up to its text', async () => {
    const undisturbed = await runDurably(() => new Report(), NOTES);
    for (let life = 1; life < 40; life++) {
      const disturbed = await runDurably(() => new Report(), NOTES, { lives: [life, (life * 5) % 11] });
      expect(without(visible(disturbed)), `dies at record ${life}`).toEqual(without(visible(undisturbed)));
      expect(foldText(disturbed.events)).toEqual(disturbed.result.texts);
      expect(disturbed.events.map(({ seq }) => seq)).toEqual(disturbed.events.map((_, place) => place + 1));
    }
  });

  it('says again what is recorded, where the log of its events is lost with its process', async () => {
    const undisturbed = await runDurably(() => new Report(), NOTES);
    for (let life = 1; life < 40; life += 2) {
      const disturbed = await runDurably(() => new Report(), NOTES, { lives: [life], forgetful: true });
      expect(without(visible(disturbed)), `dies at record ${life}`).toEqual(without(visible(undisturbed)));
    }
  });

  it('says again what counts, where the log of its events is lost under it', async () => {
    const undisturbed = await runDurably(() => new Report(), NOTES);
    for (let read = 1; read < 40; read++) {
      const disturbed = await runDurably(() => new Report(), NOTES, {
        loses: [read, read + 7],
        lives: read % 3 ? [] : [9],
      });
      expect(without(visible(disturbed)), `lost after ${read} events`).toEqual(without(visible(undisturbed)));
    }
  });
});

/** What a loser had said when it was cut off differs from run to run. */
function without(seen: object): object {
  const { texts, folded, ...rest } = seen as { texts: Record<string, string>; folded: Record<string, string> };
  const { slow: _, ...kept } = texts;
  const { slow: __, ...also } = folded;
  return { ...rest, texts: kept, folded: also };
}
