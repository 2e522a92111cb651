import { MisuseError } from '../../errors/misuse-error.js';
import type { RunRegistry } from '../../http/run-registry.js';
import type { ServedModel } from './model.js';
import type { DescribeFailure } from './run-failure.js';

/** What refuses a caller. */
export type Refused = undefined | null | false;

/** Says who has the key of a request (`Authorization: Bearer …`); what it returns is the `caller` of `state` and `options`. */
export type Authorize<Caller> = (
  key: string | undefined,
  request: Request,
) => Caller | Refused | Promise<Caller | Refused>;

/** How an OpenAI server is made. */
export interface OpenAIServerOptions<Caller = undefined> {
  /** The models by the names under which clients ask for them. */
  readonly models: Readonly<Record<string, ServedModel<Caller>>>;
  /** Bytes of a request's body. 1,048,576 by default. */
  readonly maxBodyBytes?: number;
  /** What clients may know of a failure; by default no more than that there was one. */
  readonly describeError?: DescribeFailure;
  /** Is told what no run tells of: what `authorize`, `state`, `options`, `usage` or the start of a run has thrown. */
  readonly onError?: (error: unknown, request: Request) => void;
  /** What a client that leaves does to its run. `cancel` by default. */
  readonly onDisconnect?: 'cancel' | 'detach';
  /** Milliseconds of silence after which an SSE comment keeps a stream open; `false` for none. 15,000 by default. */
  readonly heartbeat?: number | false;
  /** Before `/models` and `/chat/completions`. `/v1` by default. */
  readonly basePath?: string;
  /** Keeps the runs, to drain them with those of other servers. One of its own by default. */
  readonly runs?: RunRegistry;
}

/** A server that knows its callers; whoever `authorize` doesn't find is refused. */
export interface GuardedServerOptions<Caller> extends OpenAIServerOptions<Caller> {
  /** May throw a `ChatRequestError`, to refuse with an answer of its own. */
  readonly authorize: Authorize<Caller>;
}

/** A server that everybody may ask. */
export interface OpenServerOptions extends OpenAIServerOptions {
  readonly authorize?: undefined;
}

/** Throws a `MisuseError` for options that a server can't be made with. */
export function checkServerOptions(options: OpenAIServerOptions<never>): void {
  const { models, maxBodyBytes, onDisconnect, heartbeat, basePath = '' } = options;
  for (const [id, served] of Object.entries(models ?? {}))
    if (id === '' || !((served as Partial<ServedModel> | undefined)?.responseFormats instanceof Set))
      throw refuse(`models["${id}"]`, 'what model() has returned, under a name');
  if (Object.keys(models ?? {}).length === 0) throw refuse('models', 'one model at least');
  if (maxBodyBytes !== undefined && !(Number.isSafeInteger(maxBodyBytes) && maxBodyBytes > 0))
    throw refuse('maxBodyBytes', 'a whole number above 0');
  if (onDisconnect !== undefined && onDisconnect !== 'cancel' && onDisconnect !== 'detach')
    throw refuse('onDisconnect', "'cancel' or 'detach'");
  // What is longer than 31 bits would fire at once.
  if (heartbeat !== undefined && heartbeat !== false && !(heartbeat > 0 && heartbeat < 2 ** 31))
    throw refuse('heartbeat', 'milliseconds above 0, or false');
  if (!/^(?:\/[^/?#]+)*$/.test(basePath))
    throw refuse('basePath', "'' or a path such as '/v1', without a slash at its end");
}

const refuse = (option: string, expected: string): MisuseError =>
  new MisuseError({
    code: 'INVALID_SERVER_OPTION',
    message: `createOpenAIServer(): the option ${option} must be ${expected}.`,
    remedy: 'Mend the option.',
  });
