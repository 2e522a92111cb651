import { Pipeline, Streaming, type Ctx, type PipelineOptions } from 'stepstream';

export class Kitchen extends Pipeline<{ dish: string }> {
  static readonly pipeline = { name: 'kitchen' } satisfies PipelineOptions;

  @Streaming()
  async *cook({ state, usage }: Ctx<this>) {
    yield `${state.dish}, `;
    usage({ model: 'chef', input: 3, output: 5 });
    if (state.dish === 'soufflé') throw new Error('it has collapsed');
    yield 'served.';
  }
}
