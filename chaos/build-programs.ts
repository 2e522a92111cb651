import { buildProgram } from '../test/integration/engine/build-program.js';

/** The programs of the processes, ready to run. */
export interface Programs {
  readonly worker: string;
  readonly client: string;
}

/** Compiles the programs once: a worker that is killed every other second must not spend its life on being compiled. */
export async function buildPrograms(): Promise<Programs> {
  const [worker, client] = await Promise.all(
    ['worker.ts', 'client.ts'].map((file) => buildProgram(new URL(file, import.meta.url))),
  );
  return { worker, client };
}
