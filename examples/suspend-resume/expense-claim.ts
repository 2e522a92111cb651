import { Pipeline, Step, Streaming, suspend, type Ctx, type PipelineOptions } from 'stepstream';
import { z } from 'zod';

export interface Claim {
  traveller: string;
  amount: number;
}

const decision = z.object({ approved: z.boolean(), note: z.string().min(3) });
type Decision = z.infer<typeof decision>;

export class ExpenseClaim extends Pipeline<Claim> {
  // A checkpoint is found again by this name, so it must not change when the class is renamed.
  static readonly pipeline = { name: 'expense-claim' } satisfies PipelineOptions<Claim>;

  @Step({ to: 'decide' })
  check({ state }: Ctx<this>) {
    if (state.amount <= 0) throw new RangeError('A claim is about money that was spent.');
    return state.amount;
  }

  // Up to 100 nobody is asked. Else the run ends here, as `suspended`; the answer will be this step's output. The schema
  // stands in the decorator, so that the process that gets the answer knows it too.
  @Step({ to: 'pay', answer: decision })
  decide({ state, input }: Ctx<this, number>) {
    if (input <= 100) return { approved: true, note: 'small enough' };
    return suspend<Decision>(`May ${state.traveller} have ${input} euros?`);
  }

  @Streaming()
  async *pay({ state, input }: Ctx<this, Decision>) {
    yield input.approved ? `${state.traveller} gets ${state.amount} euros` : `${state.traveller} gets nothing`;
    yield `: ${input.note}.`;
  }
}
