import fastify, { type FastifyInstance } from 'fastify';
import { sendResponse, toNodeResponse } from 'stepstream/http';
import { bot, ownerOf, runs } from './application.js';

/** What docs/guides/http-frameworks.md shows for Fastify. */
export function createFastifyApp(): FastifyInstance {
  // #region recipe
  const app = fastify({ ajv: { customOptions: { coerceTypes: false } } });
  const schema = { body: { type: 'object', required: ['prompt'], properties: { prompt: { type: 'string' } } } };

  // The run of a client that leaves is cancelled …
  app.post<{ Body: { prompt: string } }>('/chat', { schema }, async (req, reply) => {
    await ownerOf(req.headers.cookie);
    reply.hijack();
    await toNodeResponse(bot.run({ prompt: req.body.prompt }), reply.raw);
  });

  // … or goes on, and can be read again by its id.
  app.post<{ Body: { prompt: string } }>('/runs', { schema }, async (req, reply) => {
    const owner = await ownerOf(req.headers.cookie);
    const run = runs.start((options) => bot.run({ prompt: req.body.prompt }, options), { owner });
    reply.hijack();
    await sendResponse(await runs.attach(run.id, { owner }), reply.raw);
  });
  app.get<{ Params: { id: string } }>('/runs/:id', async (req, reply) => {
    const owner = await ownerOf(req.headers.cookie);
    const lastEventId = req.headers['last-event-id'];
    const response = await runs.attach(req.params.id, { owner, lastEventId });
    reply.hijack();
    await sendResponse(response, reply.raw);
  });
  app.delete<{ Params: { id: string } }>('/runs/:id', async (req, reply) => {
    const owner = await ownerOf(req.headers.cookie);
    return reply.code((await runs.cancel(req.params.id, { owner })) ? 204 : 404).send();
  });

  app.setErrorHandler((error: { statusCode?: number }, _req, reply) => {
    const bad = (error.statusCode ?? 500) < 500;
    const [code, message] = bad ? ['BAD_REQUEST', 'No prompt.'] : ['INTERNAL', 'Something went wrong.'];
    return reply.code(error.statusCode ?? 500).send({ error: { code, message } });
  });
  // #endregion
  return app;
}
