import type { ServerResponse } from 'node:http';
import type { EventEmitter } from 'eventemitter3';
import { expectTypeOf } from 'vitest';
import {
  call,
  goto,
  planOf,
  retry,
  skip,
  stop,
  suspend,
  BlueprintError,
  Pipeline,
  type RunError,
  RunFailedError,
  Step,
  StepError,
  StepstreamError,
  Streaming,
  toMermaid,
  type AnyPipeline,
  type AnyRun,
  type Call,
  type Checkpoint,
  type Ctx,
  type Goto,
  type Ledger,
  type Plan,
  type Problem,
  type ResumeOptions,
  type Retry,
  type Run,
  type RunOptions,
  type RunResult,
  type RunStore,
  type Skip,
  type StateOf,
  type StepLedger,
  type Stop,
  type Suspend,
  type UsageTotal,
  type Warning,
} from 'stepstream';
import { RunRegistry, sendResponse, toNodeResponse, toResponse, type NodeOutcome } from 'stepstream/http';
import { toMermaid as draw } from 'stepstream/mermaid';
import { mockModel, streamChat, type ChatClient } from 'stepstream/openai';
import { memoryStore } from 'stepstream/storage/memory';
import { sqliteStore } from 'stepstream/storage/sqlite';
import { explore, standIn, testRun, virtualClock, type TestRun, type VirtualClock } from 'stepstream/testing';
import 'stepstream/testing/vitest';

interface Chat {
  readonly prompt: string;
  answered: boolean;
}

class Chatbot extends Pipeline<Chat, { tenant: string }> {
  protected readonly model: ChatClient = mockModel('Well.');

  @Step({ to: 'respond' })
  words({ state, context }: Ctx<this>): number {
    return state.prompt.length + context.tenant.length;
  }

  @Streaming({ to: 'count' })
  async *respond(ctx: Ctx<this, number>): AsyncGenerator<string, { length: number }> {
    yield* streamChat(this.model, { model: 'mock', messages: [] }, ctx);
    return { length: ctx.input };
  }

  @Streaming()
  async *count({ input }: Ctx<this, { length: number }>): AsyncGenerator<number, void> {
    yield input.length;
  }
}

declare const bot: Chatbot;
declare const run: Run<Chatbot>;
const context = { tenant: 'a' };

/** Compiled, and never called. */
export async function aRun(): Promise<void> {
  expectTypeOf(bot.run({ prompt: 'hi', answered: false }, { context })).toEqualTypeOf<Run<Chatbot>>();
  expectTypeOf(run).toExtend<AnyRun>();
  expectTypeOf(run.id).toBeString();
  // @ts-expect-error the class demands a context
  bot.run({ prompt: 'hi', answered: false });
  // @ts-expect-error no such context
  bot.run({ prompt: 'hi', answered: false }, { context: { tenant: 1 } });
  // @ts-expect-error the state lacks a field
  bot.run({ prompt: 'hi' }, { context });
  // @ts-expect-error no such option
  bot.run({ prompt: 'hi', answered: false }, { context, retries: 3 });

  expectTypeOf(run.tokens('respond')).toEqualTypeOf<AsyncIterableIterator<string, undefined>>();
  expectTypeOf(run.tokens('count')).toEqualTypeOf<AsyncIterableIterator<number, undefined>>();
  expectTypeOf(run.tokens()).toEqualTypeOf<AsyncIterableIterator<string | number, undefined>>();
  // @ts-expect-error a step that doesn't stream
  run.tokens('words');
  run.tokens({ onReset: ({ step }) => expectTypeOf(step).toBeString() });

  for await (const event of run) {
    if (event.type === 'token' && event.step === 'respond') expectTypeOf(event.value).toBeString();
    if (event.type === 'step-end' && event.step === 'words') expectTypeOf(event.output).toBeNumber();
    if (event.type === 'run-end') expectTypeOf(event.ledger.words).toEqualTypeOf<StepLedger>();
    // @ts-expect-error no such type of event
    if (event.type === 'step-ended') return;
  }
  run.on('token', ({ value }) => expectTypeOf(value).toEqualTypeOf<string | number>()).once('run-end', () => undefined);
  // @ts-expect-error no such type of event
  run.on('tokens', () => undefined);
  expectTypeOf(bot.on).parameter(0).not.toBeAny();
  expectTypeOf(run.cancel('enough')).resolves.toBeVoid();
  expectTypeOf<Run<Chatbot>>().not.toExtend<EventEmitter>();
}

export async function aResult(): Promise<void> {
  const result = await run.result;
  expectTypeOf(result).toEqualTypeOf<RunResult<Chatbot>>();
  expectTypeOf(result.state).toEqualTypeOf<Chat>();
  expectTypeOf(result.outputs.words).toEqualTypeOf<number | undefined>();
  expectTypeOf(result.outputs.respond).toEqualTypeOf<{ length: number } | undefined>();
  expectTypeOf(result.text).toBeString();
  expectTypeOf(result.usage).toEqualTypeOf<UsageTotal>();
  expectTypeOf(result.ledger).toEqualTypeOf<Ledger<Chatbot>>();
  expectTypeOf(result.errors).toEqualTypeOf<readonly Error[]>();
  expectTypeOf(result.warnings).toEqualTypeOf<readonly Warning[]>();
  expectTypeOf(result.duration).toBeNumber();
  if (result.status === 'failed') expectTypeOf(result.error).toEqualTypeOf<Error>();
  if (result.status === 'suspended') expectTypeOf(result.checkpoint).toEqualTypeOf<Checkpoint>();
  // @ts-expect-error only a run that has failed has an error to be sure of
  expectTypeOf(result.error).toEqualTypeOf<Error>();
}

export function options(store: RunStore): void {
  expectTypeOf<RunOptions<{ tenant: string }>['context']>().toEqualTypeOf<{ tenant: string } | undefined>();
  expectTypeOf<keyof ResumeOptions>().toEqualTypeOf<Exclude<keyof RunOptions, 'id'>>();
  bot.run({ prompt: '', answered: true }, { context, store, buffer: 8, timeout: 5, throwOnFailure: false, id: 'a' });
  expectTypeOf(bot.open()).resolves.toEqualTypeOf<Chatbot>();
  expectTypeOf(bot.close()).resolves.toBeVoid();
  expectTypeOf(memoryStore()).toExtend<RunStore>();
  expectTypeOf(sqliteStore).returns.toExtend<RunStore | Promise<RunStore>>();
}

export function directives(child: Chatbot): void {
  expectTypeOf(skip()).toEqualTypeOf<Skip>();
  expectTypeOf(stop()).toEqualTypeOf<Stop>();
  expectTypeOf(retry({ delay: 5 })).toEqualTypeOf<Retry>();
  expectTypeOf(goto('words')).toExtend<Goto<'words'>>();
  expectTypeOf(suspend({ question: 'ok?' })).toExtend<Suspend>();
  expectTypeOf(call(child, { prompt: 'hi', answered: true })).toEqualTypeOf<Call<Chatbot>>();
  // @ts-expect-error the state of the child
  call(child, { prompt: 1, answered: true });
  // @ts-expect-error no such option
  retry({ after: 5 });
}

export function graphs(): void {
  expectTypeOf(planOf(Chatbot)).toEqualTypeOf<Plan>();
  expectTypeOf(planOf(bot)).toEqualTypeOf<Plan>();
  expectTypeOf(toMermaid(Chatbot)).toBeString();
  expectTypeOf(draw).toEqualTypeOf(toMermaid);
}

export function errors(error: unknown): void {
  expectTypeOf(new Chatbot()).toExtend<AnyPipeline>();
  expectTypeOf<StateOf<Chatbot>>().toEqualTypeOf<Chat>();
  if (error instanceof RunFailedError) expectTypeOf(error).toExtend<RunError>();
  expectTypeOf<RunError<RunResult<Chatbot>>['result']>().toEqualTypeOf<RunResult<Chatbot>>();
  if (error instanceof StepError) expectTypeOf(error.step).toBeString();
  if (error instanceof BlueprintError) expectTypeOf(error.problems).toEqualTypeOf<readonly Problem[]>();
  if (error instanceof StepstreamError) expectTypeOf(error.code).toBeString();
}

export async function testing(): Promise<void> {
  const told = await testRun(bot, { prompt: 'hi', answered: false }, { context, seed: 'a' });
  expectTypeOf(told).toEqualTypeOf<TestRun<Chatbot>>();
  expectTypeOf(told.tokens).toEqualTypeOf<readonly (string | number)[]>();
  expectTypeOf(virtualClock()).toEqualTypeOf<VirtualClock>();
  using mocks = standIn(bot, { steps: { words: () => 3 }, services: { model: mockModel('Yes.') } });
  expectTypeOf(mocks.calls).toHaveProperty('words');
  // @ts-expect-error no such step
  standIn(bot, { steps: { word: () => 3 } });
  // @ts-expect-error no such output
  standIn(bot, { steps: { words: () => 'three' } });
  expectTypeOf(explore).toBeFunction();
}

export async function serving(res: ServerResponse): Promise<void> {
  const run = bot.run({ prompt: 'hi', answered: false }, { context });
  expectTypeOf(toResponse(run, { format: 'ui-message-stream', hold: true })).toEqualTypeOf<Response>();
  expectTypeOf(await toNodeResponse(run, res)).toEqualTypeOf<NodeOutcome>();
  // @ts-expect-error no such format
  toResponse(run, { format: 'xml' });
  const runs = new RunRegistry();
  const kept = runs.start((options) => bot.run({ prompt: 'hi', answered: false }, { ...options, context }));
  expectTypeOf(kept).toEqualTypeOf<Run<Chatbot>>();
  await sendResponse(await runs.attach(kept.id, { lastEventId: null }), res);
}
