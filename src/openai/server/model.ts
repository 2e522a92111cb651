import type { AnyPipeline } from '../../../decorators/context.js';
import { MisuseError } from '../../errors/misuse-error.js';
import type { AnyRun } from '../../run/run.js';
import type { UsageTotal } from '../../run/usage-total.js';
import type { ChatCompletionRequest } from './chat-completion-request.js';
import type { ChatCall, ServeOptions } from './serve-options.js';

/** A pipeline as a model of a `createOpenAIServer`. */
export interface ServedModel<Caller = unknown> {
  /** Makes ready the run that answers a request; the returned function starts it. */
  readonly prepare: (
    request: ChatCompletionRequest,
    call: ChatCall<Caller>,
  ) => Promise<(options: { readonly buffer: number }) => AnyRun>;
  readonly tokens: ReadonlySet<string> | undefined;
  readonly hold: boolean;
  readonly finishReason: string | undefined;
  readonly usage: ((total: UsageTotal) => { readonly input: number; readonly output: number } | undefined) | undefined;
  readonly responseFormats: ReadonlySet<string>;
  readonly created: number;
  readonly ownedBy: string;
}

/** What a pipeline of any class is started with. */
interface Startable {
  run(state: object, options: object): AnyRun;
}

/** Lets a pipeline answer chat requests: `model(chatbot, { state: (request) => ({ … }) })`. */
export function model<P extends AnyPipeline, Caller = unknown>(
  pipeline: P,
  options: ServeOptions<P, Caller>,
): ServedModel<Caller> {
  const {
    state,
    tokens,
    hold = false,
    finishReason,
    usage,
    responseFormats = ['text'],
    ownedBy = 'stepstream',
  } = options;
  const startable = pipeline as unknown as Partial<Startable>;
  if (typeof startable?.run !== 'function' || typeof state !== 'function') throw noModel();
  return Object.freeze({
    async prepare(request: ChatCompletionRequest, call: ChatCall<Caller>) {
      const made: unknown = await state(request, call);
      const given = await options.options?.(request, call);
      return (own: { readonly buffer: number }) => (startable as Startable).run(made as object, { ...given, ...own });
    },
    tokens: tokens === undefined ? undefined : new Set<string>(typeof tokens === 'string' ? [tokens] : tokens),
    hold,
    finishReason,
    usage,
    responseFormats: new Set<string>(responseFormats),
    created: options.created ?? Math.floor(Date.now() / 1000),
    ownedBy,
  });
}

const noModel = (): MisuseError =>
  new MisuseError({
    code: 'INVALID_SERVER_OPTION',
    message: 'model() takes the instance of a pipeline, and a function that makes the state of a run.',
    remedy: 'Write model(new Chatbot(), { state: (request) => ({ … }) }).',
  });
