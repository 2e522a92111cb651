import { setTimeout as sleep } from 'node:timers/promises';
import { Pipeline, Step, Streaming, type Ctx } from 'stepstream';

export interface Question {
  readonly question: string;
}

/** Told by a worker of what it does, for the page to show. */
export type Report = (report: { readonly runId: string; readonly answering: boolean }) => void;

/** The same class in the web server, which starts its runs by it, and in the workers, which execute them. */
export class Chatbot extends Pipeline<Question> {
  static readonly pipeline = { name: 'cluster-chatbot' };
  private readonly report: Report;

  constructor(report: Report = () => undefined) {
    super();
    this.report = report;
  }

  @Step({ to: 'respond' })
  think({ state }: Ctx<this>): string {
    return answerTo(state.question);
  }

  /** When its worker dies in the middle, another one begins this step anew: what was said is taken back, and said again. */
  @Streaming()
  async *respond({ input, runId, signal }: Ctx<this, string>) {
    this.report({ runId, answering: true });
    try {
      for (const word of input.match(/\S+\s*/g) ?? []) {
        await sleep(120, undefined, { signal });
        yield word;
      }
    } finally {
      this.report({ runId, answering: false });
    }
  }
}

/** Not a model: what is said is known, so that one can see that it is right. */
export const answerTo = (question: string): string =>
  `You have asked: “${question}” This answer is long enough for you to kill the worker that gives it. ` +
  'Another one takes the run over: the first step has ended and does not run again, this one begins anew, ' +
  'and what you have read until then is taken back. Reload the page, if you like: it goes on where it was.';
