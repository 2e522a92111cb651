import type pg from 'pg';
import type { RunRow } from './run-row.js';

/** Has a turn of a run executed by whoever has its pipeline; in the transaction in which the run is changed. */
export type Enqueue = (client: pg.ClientBase, run: RunRow, fingerprint: string) => Promise<void>;
