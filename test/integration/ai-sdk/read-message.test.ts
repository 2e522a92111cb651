import fc from 'fast-check';
import type { UIMessage, UIMessageChunk } from 'ai';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AnyRun, RunEvent } from 'stepstream';
import { toNodeResponse, toResponse, type ResponseOptions } from 'stepstream/http';
import { Failing, Items, Outer, Retrier, Talker } from '../../http/bots.js';
import { serve } from '../../http/serve.js';
import { createBot, sections } from './random-bot.js';
import { sdks, type Sdk } from './sdks.js';

const FORMAT = 'ui-message-stream';
const ROUNDS = { seed: 20261122, numRuns: 50 };

/** The texts of a message, empty ones too. */
const partsOf = ({ parts }: UIMessage): string[] => parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
const textsOf = (message: UIMessage): string[] => partsOf(message).filter((text) => text !== '');

/** What each activation of a run has said that still counts, by its place. */
function saidBy(events: readonly RunEvent[]): Map<string, string> {
  const tokens = new Map<number, { place: string; value: string }>();
  const placeOf = (event: Extract<RunEvent, { type: 'token' | 'token-reset' }>): string =>
    JSON.stringify([event.path, event.step, event.visit, event.index]);
  for (const event of events) {
    if (event.type === 'token') tokens.set(event.seq, { place: placeOf(event), value: event.value as string });
    if (event.type !== 'token-reset') continue;
    for (let seq = event.from; seq <= event.to; seq++)
      if (tokens.get(seq)?.place === placeOf(event)) tokens.delete(seq);
  }
  const said = new Map<string, string>();
  for (const { place, value } of tokens.values()) said.set(place, (said.get(place) ?? '') + value);
  return said;
}

async function listEvents(run: AnyRun): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run.events({ leave: 'detach' })) events.push(event);
  return events;
}

describe.each(sdks)('what $name reads of a run', ({ skip, major, load }) => {
  describe.skipIf(skip)(skip ?? 'over a real connection', () => {
    let ai: Sdk['ai'];
    beforeAll(async () => {
      ({ ai } = await load());
    });

    /** Reads a run as a page does that has no React: every snapshot of its message, and the error if it ends with one. */
    async function read(start: () => AnyRun, options: ResponseOptions) {
      await using server = await serve((_req, res) => toNodeResponse(start(), res, { format: FORMAT, ...options }));
      const transport = new ai.DefaultChatTransport({ api: server.url });
      const asked = { chatId: 'chat', messages: [], messageId: undefined, abortSignal: undefined };
      const stream = await transport.sendMessages({ ...asked, trigger: 'submit-message' });
      const snapshots: UIMessage[] = [];
      const errors: string[] = [];
      const onError = (error: unknown): void => void errors.push((error as Error).message);
      for await (const message of ai.readUIMessageStream({ stream, onError })) snapshots.push(message);
      return { snapshots, errors, last: snapshots.at(-1)! };
    }

    it('is valid by its own schema, chunk by chunk, and without any field that it does not know', async () => {
      const starts = [
        () => new Talker().run({ name: 'Ada' }),
        () => new Failing().run({}, { throwOnFailure: false }),
        () => new Retrier().run({}),
        () => new Outer().run({}),
        () => new Items().run({}),
      ];
      for (const start of starts) {
        const stream = toResponse(start(), { format: FORMAT, hold: true, messageId: 'mine' }).body!;
        const chunks: UIMessageChunk[] = [];
        for await (const parsed of ai.parseJsonEventStream({ stream, schema: ai.uiMessageChunkSchema })) {
          if (!parsed.success) throw parsed.error;
          chunks.push(parsed.value);
        }
        expect(chunks[0]).toEqual({ type: 'start', messageId: 'mine' });
        expect(chunks.length).toBeGreaterThan(4);
      }
    });

    it('is the text of the run, whatever its steps, retries, eaches and sub-pipelines: with hold', async () => {
      await fc.assert(
        fc.asyncProperty(sections, async (all) => {
          const run = gateRun(() => createBot(all).run({}, { buffer: 10_000 }));
          const { snapshots, errors, last } = await read(run.start, { hold: true });
          expect(errors).toEqual([]);
          const said = [...saidBy(await listEvents(run.started())).values()].filter((text) => text !== '');
          expect(textsOf(last).sort()).toEqual(said.sort());
          expect((await run.started().result).text.length).toBe(textsOf(last).join('').length);
          await ai.validateUIMessages({ messages: [last] });
          // What was shown once is never taken back.
          for (const [index, snapshot] of snapshots.slice(1).entries()) {
            const now = partsOf(snapshot);
            expect(partsOf(snapshots[index]).map((text, at) => now[at].startsWith(text))).not.toContain(false);
          }
        }),
        ROUNDS,
      );
    });

    it('is the text of the run, or an error where that was taken back', async () => {
      await fc.assert(
        fc.asyncProperty(sections, async (all) => {
          const run = gateRun(() => createBot(all).run({}, { buffer: 10_000 }));
          const { errors, last } = await read(run.start, {});
          const events = await listEvents(run.started());
          const reset = events.some(({ type }) => type === 'token-reset');
          if (reset) {
            expect(errors).toEqual([expect.stringContaining('stopped counting')]);
            expect((await run.started().result).status).toBe('cancelled');
          } else {
            expect(errors).toEqual([]);
            const said = [...saidBy(events).values()].filter((text) => text !== '');
            expect(textsOf(last).sort()).toEqual(said.sort());
          }
        }),
        ROUNDS,
      );
    });

    it.runIf(major >= 7)('is the text of the run, whatever was taken back, with reset-step', async () => {
      await fc.assert(
        fc.asyncProperty(sections, async (all) => {
          const run = gateRun(() => createBot(all).run({}, { buffer: 10_000 }));
          const { errors, last } = await read(run.start, { resets: 'reset-step' });
          expect(errors).toEqual([]);
          const said = [...saidBy(await listEvents(run.started())).values()].filter((text) => text !== '');
          expect(textsOf(last).sort()).toEqual(said.sort());
          const open = last.parts.filter((part) => part.type === 'text' && part.state !== 'done');
          expect(open).toEqual([]);
        }),
        ROUNDS,
      );
    });
  });
});

/** A run that a server starts when it is asked, and that a test wants to see afterwards. */
function gateRun(start: () => AnyRun) {
  let run: AnyRun | undefined;
  return { start: () => (run = start()), started: () => run! };
}
