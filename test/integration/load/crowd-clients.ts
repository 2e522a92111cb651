import { Agent, request } from 'node:http';
import { createParser } from 'eventsource-parser';

const [port, clients] = process.argv.slice(2).map(Number);
const agent = new Agent({ maxSockets: Infinity });
/** How long each token was under way, from its `yield` to the parser, in milliseconds. */
const latencies: number[] = [];

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** The text that this client was sent, and how its stream has ended. */
const read = (name: string): Promise<{ text: string; status?: string }> =>
  new Promise((resolve, reject) => {
    let text = '';
    let status: string | undefined;
    const parser = createParser({
      onEvent({ event, data }) {
        const sent = JSON.parse(data) as { value: string; status: string };
        if (event === 'run-end') status = sent.status;
        if (event !== 'token') return;
        const [at, word] = sent.value.split('|');
        latencies.push(now() - Number(at));
        text += word;
      },
    });
    const asking = request({ port, host: '127.0.0.1', path: `/${name}`, agent }, (response) => {
      response.setEncoding('utf8').on('data', (data: string) => parser.feed(data));
      response.on('end', () => resolve({ text, ...(status !== undefined && { status }) })).on('error', reject);
    });
    asking.on('error', reject).end();
  });

process.on('message', () => {
  const all = Array.from({ length: clients }, (_, at) => read(`client-${at}`));
  void Promise.all(all).then(
    (texts) => process.send!({ texts, latencies: latencies.sort((a, b) => a - b) }),
    (error: unknown) => process.send!({ texts: [], latencies: [], error: String(error) }),
  );
});
process.send!('ready');
