import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnyRun } from 'stepstream';
import { RunRegistry, sendResponse } from 'stepstream/http';
import { serve } from '../../http/serve.js';

/** What a server of runs may do to those who ask. */
export interface RunServerOptions {
  readonly registry?: RunRegistry;
  /** Is asked before every request; what it answers itself it returns true for. */
  readonly before?: (req: IncomingMessage, res: ServerResponse, count: number) => boolean | Promise<boolean>;
  readonly heartbeat?: number;
}

/**
 * `POST /runs` begins one and sends it, `GET /runs/ID` goes on with it, `DELETE /runs/ID` ends it: as the guide says it.
 * Remembers what was asked.
 */
export async function serveRuns(
  begin: (body: never, options: { readonly buffer: number }) => AnyRun,
  { registry = new RunRegistry(), before, heartbeat }: RunServerOptions = {},
) {
  const asked: string[] = [];
  const headersOf: IncomingMessage['headers'][] = [];
  const server = await serve(async (req, res) => {
    const id = decodeURIComponent(req.url!.slice('/runs/'.length));
    const { 'last-event-id': lastEventId } = req.headers;
    asked.push(`${req.method} ${req.url}${lastEventId === undefined ? '' : ` behind ${String(lastEventId)}`}`);
    headersOf.push(req.headers);
    if (await before?.(req, res, asked.length)) return;
    if (req.method === 'DELETE') {
      res.writeHead((await registry.cancel(id)) ? 204 : 404).end();
      return;
    }
    const options = heartbeat === undefined ? {} : { heartbeat };
    if (req.method === 'GET') {
      await sendResponse(await registry.attach(id, { lastEventId, ...options }), res);
      return;
    }
    const body = JSON.parse(await textOf(req)) as never;
    const run = registry.start((opts) => begin(body, opts));
    await sendResponse(await registry.attach(run.id, options), res);
  });
  return Object.assign(server, { asked, headersOf, registry });
}

async function textOf(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of req.setEncoding('utf8')) text += piece as string;
  return text;
}
