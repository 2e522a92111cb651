import { describe, expect, it } from 'vitest';
import { OpenStream } from './open-stream.js';
import { newScene, WORDS } from './stage.js';

/** Asks for a run of a scene, as a browser would that is signed in as Ada. */
export const ask = (url: string, path: string, name: string, body = JSON.stringify({ prompt: name })): OpenStream =>
  new OpenStream(url + path, {
    method: 'POST',
    // As every browser has it.
    headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip, br', cookie: `owner=ada; scene=${name}` },
    body,
  });

/** Asks for the events of a run behind one that was read. */
export const resume = (url: string, id: string, lastEventId: string, owner = 'ada'): OpenStream =>
  new OpenStream(`${url}/runs/${id}`, { headers: { cookie: `owner=${owner}`, 'last-event-id': lastEventId } });

const valueOf = (data: string): unknown => (JSON.parse(data) as { value: unknown }).value;

/** What a stream must be, whatever framework it goes through. */
export function describeStreaming(serverOf: () => { readonly url: string }): void {
  describe('a run', () => {
    it.each(['/chat', '/runs'])('comes token by token from %s, none of which waits for the next', async (path) => {
      const { name, scene } = newScene();
      const stream = ask(serverOf().url, path, name);
      expect((await stream.next())?.event).toBe('run-start');
      for (const [at, word] of WORDS.entries()) {
        expect(scene.yielded).toBe(at);
        scene.words[at].open();
        // The next may not be made before this one is here: its gate is closed.
        expect(valueOf((await stream.until('token')).data)).toBe(word);
      }
      expect(JSON.parse((await stream.rest()).at(-1)!.data)).toMatchObject({ type: 'run-end', status: 'success' });
      expect(await scene.shutDown.promise).toBe('success');
    });

    it('has a status and headers against buffering, and nothing that knows its length', async () => {
      const { name, scene } = newScene();
      const stream = ask(serverOf().url, '/chat', name);
      const { status, headers } = await stream.head();
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        'transfer-encoding': 'chunked',
      });
      expect(headers).not.toHaveProperty('content-length');
      expect(headers).not.toHaveProperty('content-encoding');
      for (const word of scene.words) word.open();
      await stream.rest();
    });

    it('numbers its events without gaps', async () => {
      const { name, scene } = newScene();
      for (const word of scene.words) word.open();
      const all = await ask(serverOf().url, '/chat', name).rest();
      // Hooks count, and are not sent.
      const ids = all.map(({ id }) => Number(id));
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      expect(all.filter(({ event }) => event === 'token').map(({ data }) => valueOf(data))).toEqual(WORDS);
    });

    it('fails as an event once its body has begun', async () => {
      const { name, scene } = newScene();
      scene.failsAfter = 1;
      for (const word of scene.words) word.open();
      const stream = ask(serverOf().url, '/chat', name);
      expect((await stream.head()).status).toBe(200);
      const all = await stream.rest();
      expect(all.flatMap(({ event, data }) => (event === 'token' ? [valueOf(data)] : []))).toEqual([WORDS[0]]);
      expect(all.at(-1)).toMatchObject({ event: 'run-end' });
      const { status, error } = JSON.parse(all.at(-1)!.data) as { status: string; error: object };
      expect(status).toBe('failed');
      expect(error).toEqual({
        name: 'StepError',
        code: 'STEP_FAILED',
        message: 'StagedBot.respond: the model is down',
        step: 'respond',
        attempt: 1,
      });
      expect(await scene.shutDown.promise).toBe('failed');
    });

    it.each(['{"prompt":', '{"prompt":5}', '{}', ''])('is refused with JSON before it begins: %o', async (body) => {
      const { name } = newScene();
      for (const path of ['/chat', '/runs']) {
        const stream = ask(serverOf().url, path, name, body);
        const { status, headers } = await stream.head();
        expect(status).toBe(400);
        expect(headers['content-type']).toMatch(/^application\/json/);
        expect(await stream.json()).toEqual({ error: { code: 'BAD_REQUEST', message: 'No prompt.' } });
      }
    });

    it('is refused with JSON where the body is something else by its type', async () => {
      for (const path of ['/chat', '/runs']) {
        const response = await fetch(serverOf().url + path, { method: 'POST', body: 'hello' });
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ error: { code: 'BAD_REQUEST' } });
      }
    });

    it('goes on behind Last-Event-ID for its owner, and for nobody else', async () => {
      const { name, scene } = newScene();
      const first = ask(serverOf().url, '/runs', name);
      scene.words[0].open();
      const { id } = await first.until('token');
      first.leave();
      const run = await scene.started.promise;

      const foreign = resume(serverOf().url, run, id!, 'eve');
      expect((await foreign.head()).status).toBe(404);
      expect(await foreign.json()).toMatchObject({ error: { code: 'RUN_NOT_FOUND' } });
      const hostile = resume(serverOf().url, run, '1; DROP TABLE');
      expect((await hostile.head()).status).toBe(400);
      expect(await hostile.json()).toMatchObject({ error: { code: 'INVALID_POSITION' } });

      const second = resume(serverOf().url, run, id!);
      scene.words[1].open();
      expect(await second.next()).toMatchObject({ id: String(Number(id) + 1), event: 'token' });
      scene.words[2].open();
      const rest = await second.rest();
      expect(rest.flatMap(({ event, data }) => (event === 'token' ? [valueOf(data)] : []))).toEqual([WORDS[2]]);
      const last = rest.at(-1)!;
      expect(last.event).toBe('run-end');
      expect((await resume(serverOf().url, run, last.id!).head()).status).toBe(204);
    });

    it('is stopped by its id, which its clients are told', async () => {
      const { name, scene } = newScene();
      const stream = ask(serverOf().url, '/runs', name);
      scene.words[0].open();
      await stream.until('token');
      const url = `${serverOf().url}/runs/${await scene.started.promise}`;
      const stop = (owner: string) => fetch(url, { method: 'DELETE', headers: { cookie: `owner=${owner}` } });
      expect((await stop('eve')).status).toBe(404);
      expect((await stop('ada')).status).toBe(204);
      expect(JSON.parse((await stream.rest()).at(-1)!.data)).toMatchObject({ type: 'run-end', status: 'cancelled' });
      await scene.left.promise;
    });
  });
}
