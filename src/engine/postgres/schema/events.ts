import type { SchemaGroup } from './schema-group.js';

/**
 * The events of runs and who may write them. Events change often and matter for minutes, so their table is unlogged:
 * PostgreSQL empties it if it crashes, and the table `life` with it, by which that is noticed.
 */
export const EVENTS: SchemaGroup = {
  name: 'events',
  versions: [
    [
      `CREATE UNLOGGED TABLE stepstream.life (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        id uuid NOT NULL DEFAULT gen_random_uuid()
      )`,
      // lost_up_to: the highest seq of which the events may be lost. reserved: no event has a higher seq.
      `CREATE TABLE stepstream.epochs (
        run_id text PRIMARY KEY,
        epoch int NOT NULL DEFAULT 0,
        reserved bigint NOT NULL DEFAULT 0,
        lost_up_to bigint NOT NULL DEFAULT 0,
        life uuid
      )`,
      // size: the bytes of events, so that a page can be measured without reading it.
      `CREATE UNLOGGED TABLE stepstream.events (
        run_id text NOT NULL,
        first_seq bigint NOT NULL,
        last_seq bigint NOT NULL,
        epoch int NOT NULL,
        events text NOT NULL,
        size int NOT NULL,
        written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (run_id, first_seq)
      )`,
    ],
  ],
};
