import { dataOf, readSse } from './read-sse.js';

interface Part {
  readonly type: string;
  readonly id?: string;
  readonly data?: unknown;
  text?: string;
  state?: string;
}

/** A message as the AI SDK's client would have it, and how its stream has ended. */
export interface UiMessageRead {
  readonly parts: readonly Part[];
  readonly texts: readonly string[];
  readonly transient: readonly unknown[];
  readonly errors: readonly string[];
  readonly finished: boolean;
  readonly aborted: boolean;
}

interface Chunk {
  readonly type: string;
  readonly id?: string;
  readonly delta?: string;
  readonly errorText?: string;
  readonly data?: unknown;
  readonly transient?: boolean;
}

/** The fields that version 1 has for each type; its clients refuse any other. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  start: ['messageId', 'messageMetadata'],
  'start-step': [],
  'finish-step': [],
  'reset-step': [],
  'text-start': ['id'],
  'text-delta': ['id', 'delta'],
  'text-end': ['id'],
  error: ['errorText'],
  abort: [],
  finish: ['messageMetadata'],
};

/** Reads a UI message stream by the rules of the AI SDK's client, and throws for what that would refuse. */
export function readUiMessage(text: string): UiMessageRead {
  if (readSse(text).at(-1)?.data !== '[DONE]') throw new Error('a stream without [DONE]');
  const parts: Part[] = [];
  const open = new Map<string, Part>();
  const rest = { transient: [] as unknown[], errors: [] as string[], finished: false, aborted: false };
  for (const chunk of dataOf(text) as Chunk[]) {
    check(chunk);
    if (chunk.type.startsWith('data-')) addData(chunk, parts, rest.transient);
    else if (chunk.type === 'start-step') parts.push({ type: 'step-start' });
    else if (chunk.type === 'reset-step') parts.length = parts.findLastIndex(({ type }) => type === 'step-start') + 1;
    else if (chunk.type.startsWith('text-')) addText(chunk, parts, open);
    else if (chunk.type === 'finish-step') open.clear();
    else if (chunk.type === 'error') rest.errors.push(chunk.errorText!);
    else if (chunk.type === 'abort') rest.aborted = true;
    else if (chunk.type === 'finish') rest.finished = true;
  }
  return { parts, texts: parts.flatMap((part) => part.text ?? []), ...rest };
}

function check({ type, ...fields }: Chunk): void {
  const known = type.startsWith('data-') ? ['id', 'data', 'transient'] : FIELDS[type];
  if (known === undefined) throw new Error(`an unknown chunk: ${type}`);
  const foreign = Object.keys(fields).filter((field) => !known.includes(field));
  if (foreign.length > 0) throw new Error(`${type} has no ${foreign.join(', ')}`);
}

function addData(chunk: Chunk, parts: Part[], transient: unknown[]): void {
  if (chunk.transient) {
    transient.push(chunk);
    return;
  }
  const at = chunk.id === undefined ? -1 : parts.findIndex(({ type, id }) => type === chunk.type && id === chunk.id);
  if (at < 0) parts.push(chunk);
  else parts[at] = chunk;
}

function addText({ type, id = '', delta = '' }: Chunk, parts: Part[], open: Map<string, Part>): void {
  if (type === 'text-start') {
    const part: Part = { type: 'text', text: '', state: 'streaming' };
    open.set(id, part);
    parts.push(part);
    return;
  }
  const part = open.get(id);
  if (part === undefined) throw new Error(`${type} for a text that is not open: ${id}`);
  part.text += delta;
  if (type === 'text-end') {
    part.state = 'done';
    open.delete(id);
  }
}
