/** One server-sent event as a client reads it. */
export interface Sent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly comment?: string;
}

/** The complete events of a text, by the rules of the format; an event that has not ended is none. */
export function readSse(text: string): Sent[] {
  const blocks = text.split('\n\n');
  blocks.pop();
  return blocks.map((block) => {
    const sent: Record<string, string> = {};
    for (const line of block.split('\n')) {
      const [, field, value] = /^([^:]*): ?(.*)$/s.exec(line)!;
      const name = field === '' ? 'comment' : field;
      sent[name] = name in sent ? `${sent[name]}\n${value}` : value;
    }
    return sent;
  });
}

/** The JSON of every event that has some. */
export const dataOf = (text: string): unknown[] =>
  readSse(text).flatMap(({ data }) => (data === undefined || data === '[DONE]' ? [] : [JSON.parse(data) as unknown]));
