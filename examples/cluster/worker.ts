import { startWorker } from 'stepstream/engine/dbos';
import { Chatbot } from './chatbot.js';

// One of several, started by main.ts with an address of the database; it could stand on any machine that reaches that.
const tell = (message: object): void => void process.send?.(message);
const worker = await startWorker({
  databaseUrl: process.env.DATABASE_URL!,
  pipelines: [new Chatbot(tell)],
  failover: { heartbeat: 1_000, lookEvery: 250 },
});
tell({ ready: true });

process.once('SIGTERM', () => void worker.close({ drain: 2_000 }).then(() => process.exit(0)));
// Ctrl-C reaches all processes of the terminal: main.ts says when to stop.
process.on('SIGINT', () => undefined);
process.once('disconnect', () => process.exit(1));
