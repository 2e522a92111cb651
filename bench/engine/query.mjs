import pg from 'pg';

/** The rows that a statement gives, on a connection of its own. */
export async function query(url, text) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}
