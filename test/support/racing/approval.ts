import { Pipeline, Step, suspend, type Checkpoint, type Ctx } from 'stepstream';
import type { RunStore } from 'stepstream/storage/memory';

/** Waits for one answer. */
export class Approval extends Pipeline<{ approved?: string }> {
  static readonly pipeline = { name: 'approval' };
  /** The answers that it has gone on with, over all its runs. */
  readonly taken: string[] = [];

  @Step({ to: 'approve' })
  write() {
    return 'a draft';
  }
  @Step({ to: 'publish' })
  approve({ input }: Ctx<this, string>) {
    return suspend<string>(input);
  }
  @Step()
  publish({ input, state }: Ctx<this, string>) {
    this.taken.push(input);
    state.approved = input;
    return `approved by ${input}`;
  }
}

/** What came of one attempt to resume. */
export interface Finish {
  readonly by: string;
  readonly status: string;
  /** What the last step has returned. */
  readonly said: unknown;
  readonly error?: string;
  /** Of one who came too late: what the winner has answered. */
  readonly answers?: unknown;
}

/** Resumes it, answering with a name. */
export async function resumeAs(
  by: string,
  { checkpoint, store, instance = new Approval() }: { checkpoint: Checkpoint; store: RunStore; instance?: Approval },
): Promise<Finish> {
  const run = instance.resume(checkpoint, { approve: by }, { store, throwOnFailure: false });
  const { status, outputs, ...rest } = await run.result;
  const { error } = rest as { readonly error?: Error & { readonly answers?: unknown } };
  return { by, status, said: outputs.publish, ...(error && { error: error.name, answers: error.answers }) };
}
