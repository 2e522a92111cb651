import { ChatRequestError } from './chat-request-error.js';
import type { ServedMessage } from './chat-completion-request.js';
import { Fields, missing, wrongType } from './fields.js';

const ROLES = { system: 'system', developer: 'system', user: 'user', assistant: 'assistant' } as const;

/** The messages of a request, each as one text. Tools and anything but text are refused: no pipeline would see them. */
export function readMessages(request: Fields): ServedMessage[] {
  const messages = request.array('messages');
  if (messages === undefined) throw missing('messages');
  if (messages.length > 0) return messages.map((message, index) => readMessage(message, `messages[${index}]`));
  throw new ChatRequestError({
    message:
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    param: 'messages',
    code: 'empty_array',
  });
}

function readMessage(value: unknown, path: string): ServedMessage {
  const message = new Fields(value, path);
  const role = message.string('role');
  if (role === undefined) throw missing(message.pathOf('role'));
  if (role === 'tool' || role === 'function') throw noTools(message.pathOf('role'));
  for (const field of ['tool_calls', 'function_call', 'audio'])
    if (message.get(field) !== undefined && !isEmpty(message.get(field))) throw noTools(message.pathOf(field));
  if (!Object.hasOwn(ROLES, role)) throw unknownRole(message.pathOf('role'), role);
  const name = message.string('name');
  const content = readContent(message);
  return { role: ROLES[role as keyof typeof ROLES], content, ...(name !== undefined && { name }) };
}

function readContent(message: Fields): string {
  const content = message.get('content') ?? message.string('refusal');
  if (typeof content === 'string') return content;
  const path = message.pathOf('content');
  if (!Array.isArray(content)) throw wrongType(path, 'a string or an array of objects', content);
  return content.map((part, index) => readPart(new Fields(part, `${path}[${index}]`))).join('\n');
}

function readPart(part: Fields): string {
  const type = part.string('type');
  const param = part.pathOf('type');
  if (type === undefined) throw missing(param);
  if (type !== 'text' && type !== 'refusal')
    throw new ChatRequestError({
      message: `Invalid value: '${type}'. This model reads text only: supported values are 'text' and 'refusal'.`,
      param,
      code: 'invalid_value',
    });
  const text = part.string(type);
  if (text === undefined) throw missing(part.pathOf(type));
  return text;
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const noTools = (param: string): ChatRequestError =>
  new ChatRequestError({
    message: `Unsupported parameter: '${param}'. This model has no tools and speaks text only.`,
    param,
    code: 'unsupported_parameter',
  });

const unknownRole = (param: string, role: string): ChatRequestError =>
  new ChatRequestError({
    message: `Invalid value: '${role}'. Supported values are: 'system', 'developer', 'user', and 'assistant'.`,
    param,
    code: 'invalid_value',
  });
