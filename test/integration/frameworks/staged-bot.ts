import { OnShutdown, Pipeline, Streaming, type AnyRun, type Ctx, type RunContext } from 'stepstream';
import { whenAborted } from '../../support/when-aborted.js';
import { sceneOf, WORDS } from './stage.js';

/** Says its words when the scene that its prompt names lets it. */
export class StagedBot extends Pipeline<{ prompt: string }> {
  // Next.js shortens the names of classes.
  static readonly pipeline = { name: 'StagedBot', cancelGrace: 5_000 };

  @Streaming()
  async *respond({ state, signal }: Ctx<this>) {
    const scene = sceneOf(state.prompt);
    scene.begun = true;
    const aborted = whenAborted(signal);
    try {
      for (const [at, word] of WORDS.entries()) {
        await Promise.race([scene.words[at].promise, aborted]);
        signal.throwIfAborted();
        if (at === scene.failsAfter) throw Object.assign(new Error('the model is down'), { code: 'MODEL_DOWN' });
        scene.yielded++;
        yield word;
      }
    } finally {
      scene.left.open();
    }
  }

  @OnShutdown({ per: 'run' })
  shutDown({ state, outcome }: RunContext<{ prompt: string }>) {
    sceneOf(state.prompt).shutDown.open(outcome!.status);
  }
}

/** A bot whose scenes are told of its runs. */
export function createStagedBot(): StagedBot {
  const bot = new StagedBot();
  const start = bot.run.bind(bot) as (state: object, options?: object) => AnyRun;
  bot.run = ((state: { prompt: string }, options?: object) => {
    const run = start(state, options);
    const scene = sceneOf(state.prompt);
    scene.started.open(run.id);
    // A listener is somebody who sees how a run fails.
    if (scene.watched) run.once('run-end', ({ status }: { status: string }) => scene.ended.open(status));
    return run;
  }) as typeof bot.run;
  return bot;
}
