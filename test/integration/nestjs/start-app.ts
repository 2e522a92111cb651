import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/** A Nest application that listens on a free port, until the end of the test. */
export interface RunningApp extends AsyncDisposable {
  readonly app: INestApplication;
  readonly url: string;
  /** What was logged as an error. */
  readonly errors: readonly string[];
}

/** A root module made of these parts. */
export const rootOf = (parts: ModuleMetadata) => ({ module: class Root {}, ...parts });

/** Starts a real application; what stops its start is thrown. */
export async function startApp(parts: ModuleMetadata): Promise<RunningApp> {
  const errors: string[] = [];
  const app = await NestFactory.create(rootOf(parts), { abortOnError: false, logger: false });
  app.useLogger({ log() {}, warn() {}, error: (message: unknown) => errors.push(String(message)) });
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    errors,
    async [Symbol.asyncDispose]() {
      (app.getHttpServer() as Server).closeAllConnections();
      await app.close();
    },
  };
}
