import { Pipeline, Step, Streaming, SubPipeline, call, type Ctx, type PipelineOptions } from 'stepstream';
import { Researcher, type Research } from './researcher.js';

export interface Story {
  topic: string;
  headline: string;
}

export class Newsroom extends Pipeline<Story> {
  static readonly pipeline = { name: 'newsroom' } satisfies PipelineOptions<Story>;

  // The pipelines inside are fields. They could be injected: a test gives it another researcher.
  private readonly researcher: Researcher;

  constructor(researcher = new Researcher()) {
    super();
    this.researcher = researcher;
  }

  @Step({ to: 'research' })
  assign({ state }: Ctx<this>) {
    return state.topic.toLowerCase();
  }

  // The function names the class, so that the graph is known before anything runs. The body says with which state the
  // child begins; the state in which it ends is this step's output. They share nothing else.
  @SubPipeline(() => Researcher, { to: 'write' })
  research({ input }: Ctx<this, string>) {
    return call(this.researcher, { topic: input, facts: [] });
  }

  @Streaming()
  async *write({ state, input }: Ctx<this, Research>) {
    state.headline = `What we know of ${state.topic}`;
    yield `${state.headline}: `;
    yield `${input.facts.join(', ')}.`;
  }
}
