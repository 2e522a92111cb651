import { Pipeline, Step, Streaming, Switch, goto, type Ctx } from 'stepstream';

export interface Letter {
  text: string;
  amount: number;
}

const LIMIT = 500;

export class ServiceDesk extends Pipeline<Letter> {
  @Step({ to: 'classify' })
  read({ state }: Ctx<this>) {
    return state.text.toLowerCase();
  }

  // The key that it returns chooses the case; `null` leads to the end. The compiler wants a case, or the default, for
  // every key that this method can return.
  @Switch({ cases: { refund: 'refund', return: 'refund', complaint: 'apologise', spam: null }, default: 'forward' })
  classify({ input }: Ctx<this, string>): string {
    return ['refund', 'return', 'complaint', 'spam'].find((topic) => input.includes(topic)) ?? 'other';
  }

  // A case gets the input of the switch, not the key. `goto` replaces `to`, for this once.
  @Step({ to: 'reply', goto: 'escalate' })
  refund({ state }: Ctx<this, string>) {
    if (state.amount > LIMIT) return goto('escalate', state.amount - LIMIT);
    return `We have sent you ${state.amount} euros.`;
  }

  @Step({ to: 'reply' })
  escalate({ input }: Ctx<this, number>) {
    return `That is ${input} euros more than I may pay. My manager will call you.`;
  }

  @Step({ to: 'reply' })
  apologise() {
    return 'We are sorry.';
  }

  @Step({ to: 'reply' })
  forward({ input }: Ctx<this, string>) {
    return `A colleague reads this now: "${input}"`;
  }

  // Whoever arrives is the input. Those who were not chosen can't arrive any more, so nobody is waited for.
  @Streaming()
  async *reply({ input }: Ctx<this, string>) {
    yield* input.match(/\S+\s*/g) ?? [];
  }
}
