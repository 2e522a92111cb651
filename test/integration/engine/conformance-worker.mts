// A worker that has all pipelines of the conformance suite; it says `ready` on stdout when it takes runs.
import { conformancePipelines } from '../../../src/conformance/index.js';
import { startWorker } from '../../../src/engine/dbos/index.js';

const worker = await startWorker({
  databaseUrl: process.argv[2]!,
  pipelines: conformancePipelines.map((Pipeline) => new Pipeline()),
  onError: (error) => process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`),
});
process.stdout.write('ready\n');
process.once('SIGTERM', () => void worker.close().then(() => process.exit(0)));
