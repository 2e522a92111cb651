// The application as a worker: `cluster-worker.mts URL`; it says `ready` when it takes runs, and stops on SIGTERM.
import { NestFactory } from '@nestjs/core';
import { dbos } from 'stepstream/engine/dbos';
import { PipelineModule } from 'stepstream/nestjs';
import { Journal, parts } from './cluster-app.js';

const engine = dbos({ databaseUrl: process.argv[2]!, role: 'worker' });
const root = {
  module: class Root {},
  imports: [PipelineModule.forRoot({ engine, drainTimeout: 5_000 })],
  providers: parts.providers,
};
const app = await NestFactory.createApplicationContext(root, { logger: ['error', 'warn'], abortOnError: false });
process.stdout.write('ready\n');
process.once('SIGTERM', () => {
  void app.close().then(() => {
    process.stdout.write(`${JSON.stringify(app.get(Journal).heard)}\n`);
    process.exit(0);
  });
});
