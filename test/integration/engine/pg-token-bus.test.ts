import { afterAll, beforeAll, describe } from 'vitest';
import { PgTokenBus } from '../../../src/engine/postgres/pg-token-bus.js';
import { describeTokenBus, type OpenBus } from '../../engine/token-bus-cases.js';
import { describeLosses } from '../../engine/token-bus-losses.js';
import { startPostgres, type PostgresServer } from './start-postgres.js';

let postgres: PostgresServer;
let databaseUrl: string;

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = await postgres.createDatabase();
});

afterAll(() => postgres.stop());

const open: OpenBus = async (owns) => {
  const ask = owns && ((_: unknown, runId: string) => owns(runId));
  const [one, other] = [new PgTokenBus({ databaseUrl, owns: ask }), new PgTokenBus({ databaseUrl, owns: ask })];
  return {
    one,
    other,
    lose: () => postgres.restart('immediate'),
    close: async () => void (await Promise.all([one.close(), other.close()])),
  };
};

describeTokenBus('the bus in PostgreSQL', open);

describe.skipIf(process.env.DATABASE_URL)('in a PostgreSQL that may crash', () => {
  describeLosses('the bus in PostgreSQL', open);
});
