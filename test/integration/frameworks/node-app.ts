import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { sendResponse, toNodeResponse } from 'stepstream/http';
import { bot, ownerOf, runs } from './application.js';

/** What docs/guides/http-frameworks.md shows for `node:http`. */
export function createNodeApp(): RequestListener {
  // #region recipe
  async function answer(req: IncomingMessage, res: ServerResponse) {
    const [, place, id] = req.url!.split('/');
    const body = (req.method === 'POST' ? await json(req).catch(() => null) : null) as { prompt?: unknown } | null;
    const owner = await ownerOf(req.headers.cookie);
    if (req.method === 'POST') {
      if (typeof body?.prompt !== 'string') return sendResponse(badRequest(), res);
      const { prompt } = body;
      // The run of a client that leaves is cancelled …
      if (place === 'chat') return toNodeResponse(bot.run({ prompt }), res);
      // … or goes on, and can be read again by its id.
      const run = runs.start((options) => bot.run({ prompt }, options), { owner });
      return sendResponse(await runs.attach(run.id, { owner }), res);
    }
    if (req.method === 'DELETE') return res.writeHead((await runs.cancel(id, { owner })) ? 204 : 404).end();
    return sendResponse(await runs.attach(id, { owner, lastEventId: req.headers['last-event-id'] }), res);
  }

  const badRequest = () => Response.json({ error: { code: 'BAD_REQUEST', message: 'No prompt.' } }, { status: 400 });
  // #endregion
  return (req, res) => void answer(req, res).catch(() => res.destroy());
}
