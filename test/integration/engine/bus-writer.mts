import { setTimeout as sleep } from 'node:timers/promises';
import { PgTokenBus } from '../../../src/engine/postgres/pg-token-bus.js';
import { tokenAt } from '../../engine/bus-event.js';

/** Writes events of a run, in a process of its own: so many, of so many characters, so many at once every so many milliseconds (0: when those before are stored). */
const [databaseUrl, runId, ...numbers] = process.argv.slice(2);
const [count, size, atOnce, every] = numbers.map(Number);

const bus = new PgTokenBus({ databaseUrl });
const writer = await bus.take(runId);
process.send!({ epoch: writer.epoch });
for (let seq = writer.seq + 1; seq <= count; seq++) {
  writer.push(tokenAt(runId, seq, size > 0 ? `${seq} `.padEnd(size, '.') : `${seq} `));
  if (seq % atOnce === 0) await (every > 0 ? sleep(every) : writer.flush());
  while (writer.pending > 1_000) await sleep(1);
}
await writer.flush();
process.send!('written');
await bus.close();
process.disconnect();
