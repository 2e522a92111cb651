import { EventSourceParserStream } from 'eventsource-parser/stream';

/** A server-sent event with its data read. */
export interface Received {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: { readonly type?: string; readonly value?: unknown; readonly [key: string]: unknown };
}

/** The events of a response, as a real client reads them, each as soon as it is there. */
export async function* readEvents(response: Response): AsyncGenerator<Received, void> {
  const stream = response
    .body!.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream());
  for await (const { id, event, data } of stream as unknown as AsyncIterable<{
    id?: string;
    event?: string;
    data: string;
  }>)
    yield { id, event, data: JSON.parse(data) as Received['data'] };
}

/** All of them. */
export async function allEvents(response: Response): Promise<Received[]> {
  const all: Received[] = [];
  for await (const event of readEvents(response)) all.push(event);
  return all;
}

/** The text of the tokens among them. */
export const textOf = (events: readonly Received[]): string =>
  events.flatMap(({ data }) => (data.type === 'token' ? [String(data.value)] : [])).join('');
