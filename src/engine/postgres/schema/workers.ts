import type { SchemaGroup } from './schema-group.js';

/** Who works here, and when somebody last looked whether they still do. */
export const WORKERS: SchemaGroup = {
  name: 'workers',
  versions: [
    [
      // Each row changes every two seconds: with room in its page that costs no entry in the index.
      `CREATE TABLE stepstream.workers (
        executor_id text PRIMARY KEY,
        lock_key bigint NOT NULL,
        backend_pid int,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        queues text[] NOT NULL DEFAULT '{}'
      ) WITH (fillfactor = 50)`,
      `CREATE TABLE stepstream.reaping (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        looked_at timestamptz NOT NULL DEFAULT '-infinity'
      )`,
      'INSERT INTO stepstream.reaping DEFAULT VALUES',
    ],
  ],
};
