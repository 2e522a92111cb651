import { getRequestListener } from '@hono/node-server';
import { createExpressApp } from './express-app.js';
import { createFastifyApp } from './fastify-app.js';
import { createHonoApp } from './hono-app.js';
import { createNodeApp } from './node-app.js';
import { describeFramework, type FrameworkServer } from './describe-framework.js';
import { listen } from './listen.js';

const FRAMEWORKS: Readonly<Record<string, () => Promise<FrameworkServer>>> = {
  'node:http': () => listen(createNodeApp()),
  Express: () => listen(createExpressApp()),
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
