import type { SchemaGroup } from './schema-group.js';

/** The runs, how each of their turns has ended, and the answers that the next one begins with. */
export const RUNS: SchemaGroup = {
  name: 'runs',
  versions: [
    [
      // seen_at: when a worker first had it; the newest is the one seen last.
      `CREATE TABLE stepstream.pipelines (
        name text NOT NULL,
        fingerprint text NOT NULL,
        migrates boolean NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (name, fingerprint)
      )`,
      // turn: one workflow of the engine each; a segment has several if its answers were refused.
      // from_seq: the events of the turn have a higher one.
      `CREATE TABLE stepstream.runs (
        run_id text PRIMARY KEY,
        pipeline text NOT NULL,
        fingerprint text NOT NULL,
        status text NOT NULL DEFAULT 'queued',
        turn int NOT NULL DEFAULT 1,
        from_seq bigint,
        state text NOT NULL,
        context text,
        timeout_ms bigint,
        priority int,
        partition text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        turn_started_at timestamptz,
        ended_at timestamptz,
        cancel_reason text,
        checkpoint_turn int,
        end_seq bigint,
        asks text[] NOT NULL DEFAULT '{}',
        expires_at timestamptz
      )`,
      'CREATE INDEX runs_by_age ON stepstream.runs (created_at DESC, run_id DESC)',
      `CREATE TABLE stepstream.ends (
        run_id text NOT NULL REFERENCES stepstream.runs ON DELETE CASCADE,
        turn int NOT NULL,
        stored text NOT NULL,
        PRIMARY KEY (run_id, turn)
      )`,
      // turn: which one has taken it. Each suspension is answered once.
      `CREATE TABLE stepstream.answers (
        run_id text NOT NULL REFERENCES stepstream.runs ON DELETE CASCADE,
        key text NOT NULL,
        answer text NOT NULL,
        turn int,
        given_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`,
      'CREATE UNIQUE INDEX answers_once ON stepstream.answers (run_id, key) WHERE turn IS NULL',
      'CREATE INDEX answers_taken ON stepstream.answers (run_id, key, turn)',
    ],
    [
      // Items of a distributed each are runs of their own; of such a one the state is what the item needs.
      'ALTER TABLE stepstream.runs ADD COLUMN item_of text REFERENCES stepstream.runs ON DELETE CASCADE',
      'CREATE INDEX runs_items ON stepstream.runs (item_of) WHERE item_of IS NOT NULL',
      // What all items of a visit have in common.
      `CREATE TABLE stepstream.shares (
        run_id text NOT NULL REFERENCES stepstream.runs ON DELETE CASCADE,
        key text NOT NULL,
        share text NOT NULL,
        PRIMARY KEY (run_id, key)
      )`,
      // Lists: by status, by pipeline and status. One without a status asks for each of the few.
      'CREATE INDEX runs_by_status ON stepstream.runs (status, created_at DESC, run_id DESC) WHERE item_of IS NULL',
      'CREATE INDEX runs_by_pipeline ON stepstream.runs (pipeline, status, created_at DESC, run_id DESC) WHERE item_of IS NULL',
    ],
  ],
};
