import type { AnyPipeline, ContextOf, StateOf } from '../../../decorators/context.js';
import type { RunOptions } from '../../executor/run-options.js';
import type { StepEndEvent, TokenEvent } from '../../run/events.js';
import type { UsageTotal } from '../../run/usage-total.js';
import type { ChatCompletionRequest, ResponseFormat } from './chat-completion-request.js';

/** Who sends a request, and how. */
export interface ChatCall<Caller = unknown> {
  /** What `authorize` has returned; undefined without it. */
  readonly caller: Caller;
  readonly request: Request;
  /** Aborted when the client leaves before it is answered. */
  readonly signal: AbortSignal;
}

/** What may be said of the run that answers a request. */
export type ServedRunOptions<Context = unknown> = Omit<RunOptions<Context>, 'buffer' | 'throwOnFailure' | 'signal'>;

/** How a pipeline answers chat requests, whatever context it demands. */
export interface AnswerOptions<P extends AnyPipeline, Caller = unknown> {
  /** Makes the state of the run from what the client asks. May throw a `ChatRequestError`. */
  readonly state: (request: ChatCompletionRequest, call: ChatCall<Caller>) => StateOf<P> | Promise<StateOf<P>>;
  /** The steps whose string tokens are the answer, also those of sub-pipelines. All by default. */
  readonly tokens?: TokenEvent<P>['step'] | readonly TokenEvent<P>['step'][];
  /** Sends the text of a step only once it has ended, so that it is never taken back. `false` by default. */
  readonly hold?: boolean;
  /** The step whose output is the `finish_reason`, as `streamChat` returns it. Without it that is always `stop`. */
  readonly finishReason?: StepEndEvent<P>['step'];
  /** What the client is told of the usage: by default all that the steps have reported. Undefined says that it isn't known. */
  readonly usage?: (total: UsageTotal) => { readonly input: number; readonly output: number } | undefined;
  /** Which `response_format` may be asked for: the pipeline has to see to it. `['text']` by default. */
  readonly responseFormats?: readonly ResponseFormat['type'][];
  /** Seconds since the epoch, for the list of models. When it was made by default. */
  readonly created?: number;
  /** For the list of models. `stepstream` by default. */
  readonly ownedBy?: string;
}

/** Makes the options of a run from what the client asks. May throw a `ChatRequestError`. */
export type MakeRunOptions<Caller, Options> = (
  request: ChatCompletionRequest,
  call: ChatCall<Caller>,
) => Options | Promise<Options>;

/** How a pipeline answers chat requests; `options`, the options of its run, are required where it demands a context. */
export type ServeOptions<P extends AnyPipeline, Caller = unknown> = AnswerOptions<P, Caller> &
  (unknown extends ContextOf<P>
    ? { readonly options?: MakeRunOptions<Caller, ServedRunOptions<ContextOf<P>>> }
    : {
        readonly options: MakeRunOptions<Caller, ServedRunOptions<ContextOf<P>> & { readonly context: ContextOf<P> }>;
      });
