import type { ChatCompletionRequest, ResponseFormat } from './chat-completion-request.js';
import { ChatRequestError } from './chat-request-error.js';
import { Fields, missing, wrongType } from './fields.js';
import { readMessages } from './read-messages.js';
import { modelNotFound } from './refusals.js';

/** A request, and what of it is for the server alone. */
export interface ReadRequest<Model> {
  readonly served: Model;
  readonly request: ChatCompletionRequest;
  /** Whether the last part of the stream tells the usage. */
  readonly includeUsage: boolean;
}

/** What a model of this server may be asked besides text. */
export interface Asked {
  readonly responseFormats: ReadonlySet<string>;
}

/** Checks what a client has sent. Throws a `ChatRequestError` for what is wrong, or can't be done. */
export function readChatRequest<Model extends Asked>(
  json: unknown,
  models: ReadonlyMap<string, Model>,
): ReadRequest<Model> {
  const fields = new Fields(json, '');
  const model = fields.string('model');
  if (!model) throw missing('model');
  const served = models.get(model);
  if (served === undefined) throw modelNotFound(model);
  const messages = readMessages(fields);
  refuseUnsupported(fields);
  const stream = fields.boolean('stream') ?? false;
  const includeUsage = readStreamOptions(fields, stream);
  const body = json as Readonly<Record<string, unknown>>;
  const format = readResponseFormat(fields, served.responseFormats);
  return { served, request: { model, messages, stream, ...readSettings(fields), ...format, body }, includeUsage };
}

type Settings = Omit<ChatCompletionRequest, 'model' | 'messages' | 'stream' | 'response_format' | 'body'>;

function readSettings(fields: Fields): Settings {
  const settings: { readonly [K in keyof Settings]: Settings[K] | undefined } = {
    temperature: fields.decimal('temperature', 0, 2),
    top_p: fields.decimal('top_p', 0, 1),
    presence_penalty: fields.decimal('presence_penalty', -2, 2),
    frequency_penalty: fields.decimal('frequency_penalty', -2, 2),
    max_tokens: fields.integer('max_tokens', 1),
    max_completion_tokens: fields.integer('max_completion_tokens', 1),
    seed: fields.integer('seed'),
    stop: typeof fields.get('stop') === 'string' ? [fields.string('stop')!] : fields.strings('stop'),
    user: fields.string('user'),
    reasoning_effort: fields.string('reasoning_effort'),
    metadata: readMetadata(fields),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function readMetadata(fields: Fields): Readonly<Record<string, string>> | undefined {
  const metadata = fields.object('metadata');
  for (const [key, value] of Object.entries(metadata ?? {}))
    if (typeof value !== 'string') throw wrongType(`metadata.${key}`, 'a string', value);
  return metadata as Readonly<Record<string, string>> | undefined;
}

/** What would change the answer in a way that no pipeline has. What only tunes it is left to the author. */
function refuseUnsupported(fields: Fields): void {
  const n = fields.integer('n', 1);
  if (n !== undefined && n !== 1) throw unsupportedValue('n', `${n}`, '1');
  for (const name of ['tools', 'functions'] as const)
    if ((fields.array(name)?.length ?? 0) > 0) throw unsupported(name);
  for (const name of ['tool_choice', 'function_call'] as const) {
    const choice = fields.get(name);
    if (choice !== undefined && choice !== 'none' && choice !== 'auto') throw unsupported(name);
  }
  if (fields.boolean('logprobs')) throw unsupported('logprobs');
  for (const name of ['audio', 'web_search_options'] as const) if (fields.object(name)) throw unsupported(name);
  for (const modality of fields.strings('modalities') ?? [])
    if (modality !== 'text') throw unsupportedValue('modalities', `'${modality}'`, "'text'");
}

function readStreamOptions(fields: Fields, stream: boolean): boolean {
  const options = fields.object('stream_options');
  if (options === undefined) return false;
  if (stream) return new Fields(options, 'stream_options').boolean('include_usage') ?? false;
  throw new ChatRequestError({
    message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    param: 'stream_options',
  });
}

function readResponseFormat(fields: Fields, known: ReadonlySet<string>): { readonly response_format?: ResponseFormat } {
  const value = fields.object('response_format');
  if (value === undefined) return {};
  const format = new Fields(value, 'response_format');
  const type = format.string('type');
  if (type === undefined) throw missing('response_format.type');
  if (!known.has(type))
    throw unsupportedValue('response_format.type', `'${type}'`, [...known].map((name) => `'${name}'`).join(', '));
  const schema = format.object('json_schema');
  return { response_format: { type: type as ResponseFormat['type'], ...(schema && { json_schema: schema }) } };
}

const unsupported = (param: string): ChatRequestError =>
  new ChatRequestError({
    message: `Unsupported parameter: '${param}' is not supported with this model.`,
    param,
    code: 'unsupported_parameter',
  });

const unsupportedValue = (param: string, value: string, supported: string): ChatRequestError =>
  new ChatRequestError({
    message: `Unsupported value: '${param}' does not support ${value} with this model. Supported: ${supported}.`,
    param,
    code: 'unsupported_value',
  });
