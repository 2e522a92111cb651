import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { sendResponse, toNodeResponse } from 'stepstream/http';
import { bot, ownerOf, runs } from './application.js';

/** What docs/guides/http-frameworks.md shows for Express. */
export function createExpressApp(): Express {
  // #region recipe
  const app = express();
  app.use(express.json());

  // The run of a client that leaves is cancelled …
  app.post('/chat', async (req, res) => {
    await ownerOf(req.headers.cookie);
    const { prompt } = (req.body ?? {}) as { prompt?: unknown };
    if (typeof prompt !== 'string') return void res.status(400).json(badRequest);
    await toNodeResponse(bot.run({ prompt }), res);
  });

  // … or goes on, and can be read again by its id.
  app.post('/runs', async (req, res) => {
    const owner = await ownerOf(req.headers.cookie);
    const { prompt } = (req.body ?? {}) as { prompt?: unknown };
    if (typeof prompt !== 'string') return void res.status(400).json(badRequest);
    const run = runs.start((options) => bot.run({ prompt }, options), { owner });
    await sendResponse(await runs.attach(run.id, { owner }), res);
  });
  app.get('/runs/:id', async (req, res) => {
    const owner = await ownerOf(req.headers.cookie);
    await sendResponse(await runs.attach(req.params.id, { owner, lastEventId: req.get('last-event-id') }), res);
  });
  app.delete('/runs/:id', async (req, res) => {
    const owner = await ownerOf(req.headers.cookie);
    res.sendStatus((await runs.cancel(req.params.id, { owner })) ? 204 : 404);
  });

  // Express answers a body that is no JSON with a page; a client of streams wants JSON.
  app.use((error: { status?: number }, _req: Request, res: Response, _next: NextFunction) => {
    res.status(error.status ?? 500).json(error.status === undefined ? internal : badRequest);
  });

  const badRequest = { error: { code: 'BAD_REQUEST', message: 'No prompt.' } };
  const internal = { error: { code: 'INTERNAL', message: 'Something went wrong.' } };
  // #endregion
  return app;
}
