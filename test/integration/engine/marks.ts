import { Pool } from 'pg';

let pool: Pool | undefined;
let worker = '';

/** From here on the steps of this process leave marks in this database, as this worker. */
export function leaveMarks(url: string, as: string): void {
  pool = new Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined); // the server may be restarted
  worker = as;
}

/** Notes outside of the engine, at the time of the database, that a step of a run has come this far. */
export async function mark(run: string, what: string): Promise<void> {
  await pool!.query('INSERT INTO marks (run, what, worker) VALUES ($1, $2, $3)', [run, what, worker]);
}
