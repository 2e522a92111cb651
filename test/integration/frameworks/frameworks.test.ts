import { createRequire } from 'node:module';
import { getRequestListener } from '@hono/node-server';
import express, { type RequestHandler } from 'express';
import { createExpressApp } from './express-app.js';
import { createFastifyApp } from './fastify-app.js';
import { createHonoApp } from './hono-app.js';
import { createNodeApp } from './node-app.js';
import { describeFramework, type FrameworkServer } from './describe-framework.js';
import { listen } from './listen.js';

// The middleware of Express, as Next.js carries it.
const require = createRequire(new URL('../vendor/next/package.json', import.meta.url));
const compression = require('next/dist/compiled/compression') as () => RequestHandler;

const FRAMEWORKS: Readonly<Record<string, () => Promise<FrameworkServer>>> = {
  'node:http': () => listen(createNodeApp()),
  Express: () => listen(createExpressApp()),
  // What would collect a stream if it were not told that it must not.
  'Express with compression': () => listen(express().use(compression()).use(createExpressApp())),
  Hono() {
    const answer = getRequestListener(createHonoApp().fetch);
    return listen((req, res) => void answer(req, res));
  },
  async Fastify() {
    const app = createFastifyApp();
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    return {
      url,
      close() {
        app.server.closeAllConnections();
        return app.close();
      },
    };
  },
};

for (const [name, start] of Object.entries(FRAMEWORKS)) describeFramework(name, start);
