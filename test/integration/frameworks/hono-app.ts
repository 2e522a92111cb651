import { Hono, type Context } from 'hono';
import { toResponse } from 'stepstream/http';
import { bot, ownerOf, runs } from './application.js';

/** What docs/guides/http-frameworks.md shows for Hono. */
export function createHonoApp(): Hono {
  // #region recipe
  const app = new Hono();

  // The run of a client that leaves is cancelled …
  app.post('/chat', async (c) => {
    await ownerOf(c.req.header('cookie'));
    const prompt = await promptOf(c);
    return prompt === undefined ? c.json(badRequest, 400) : toResponse(bot.run({ prompt }));
  });

  // … or goes on, and can be read again by its id.
  app.post('/runs', async (c) => {
    const owner = await ownerOf(c.req.header('cookie'));
    const prompt = await promptOf(c);
    if (prompt === undefined) return c.json(badRequest, 400);
    const run = runs.start((options) => bot.run({ prompt }, options), { owner });
    return runs.attach(run.id, { owner });
  });
  app.get('/runs/:id', async (c) => {
    // Hono would drop its body unread.
    if (c.req.method === 'HEAD') return c.body(null, 405);
    const owner = await ownerOf(c.req.header('cookie'));
    return runs.attach(c.req.param('id'), { owner, lastEventId: c.req.header('last-event-id') });
  });
  app.delete('/runs/:id', async (c) => {
    const owner = await ownerOf(c.req.header('cookie'));
    return c.body(null, (await runs.cancel(c.req.param('id'), { owner })) ? 204 : 404);
  });

  async function promptOf(c: Context): Promise<string | undefined> {
    const body = await c.req.json<{ prompt?: unknown }>().catch(() => undefined);
    return typeof body?.prompt === 'string' ? body.prompt : undefined;
  }
  const badRequest = { error: { code: 'BAD_REQUEST', message: 'No prompt.' } };
  // #endregion
  return app;
}
