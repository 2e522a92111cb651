import { Pipeline, Step, type Ctx, type PipelineOptions } from 'stepstream';

export class Bar extends Pipeline<{ drink: string }> {
  static readonly pipeline = { name: 'bar' } satisfies PipelineOptions;

  @Step()
  pour({ state }: Ctx<this>) {
    return `a glass of ${state.drink}`;
  }
}
