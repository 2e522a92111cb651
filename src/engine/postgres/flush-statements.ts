/**
 * Stores rows of any number of runs and tells who listens. A row whose epoch is not its run's, or was begun in another
 * life of the tables, is not stored and not returned; the lock makes a `take` wait until this is decided. A row that
 * is written again, as nobody knows whether it had been, may have got longer; a late one that is shorter loses.
 * After a crash the table is empty anyway: the commit need not wait for the disk.
 */
export const STORE = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
    AS g(run_id, epoch, first_seq, last_seq, events, channel)
), mine AS (
  SELECT e.run_id, e.epoch FROM stepstream.epochs e
  WHERE (e.run_id, e.epoch) IN (SELECT g.run_id, g.epoch FROM given g)
    AND e.life = (SELECT id FROM stepstream.life)
  ORDER BY e.run_id FOR SHARE OF e
), stored AS (
  INSERT INTO stepstream.events AS old (run_id, first_seq, last_seq, epoch, events, size)
  SELECT g.run_id, g.first_seq, g.last_seq, g.epoch, g.events, octet_length(g.events)
  FROM given g JOIN mine USING (run_id, epoch)
  ON CONFLICT (run_id, first_seq) DO UPDATE SET
    last_seq = excluded.last_seq, epoch = excluded.epoch, events = excluded.events, size = excluded.size,
    written_at = excluded.written_at
    WHERE excluded.last_seq >= old.last_seq
  RETURNING run_id, epoch, first_seq, last_seq
)
SELECT s.run_id, s.epoch, s.last_seq, set_config('synchronous_commit', 'off', true), pg_notify(g.channel,
  CASE WHEN octet_length(h.head) + octet_length(g.events) < 7000 THEN h.head || ',' || g.events ELSE h.head END || ']')
FROM stored s
JOIN given g USING (run_id, epoch, first_seq)
CROSS JOIN LATERAL (SELECT '[' || to_json(s.run_id) || ',' || s.first_seq || ',' || s.last_seq AS head) h
ORDER BY s.run_id, s.first_seq`;

/** Says how far writers may come, before they do. */
export const RESERVE_MORE = `
UPDATE stepstream.epochs e SET reserved = greatest(e.reserved, g.up_to)
FROM unnest($1::text[], $2::int[], $3::bigint[]) AS g(run_id, epoch, up_to)
WHERE e.run_id = g.run_id AND e.epoch = g.epoch
RETURNING e.run_id, e.epoch, e.reserved`;

/** Which epochs runs are in, and whether what was stored in it is still there. */
export const CHECK = `
SELECT run_id, epoch, coalesce(life = (SELECT id FROM stepstream.life), false) AS alive
FROM stepstream.epochs WHERE run_id = ANY($1::text[])`;

/** Goes on in this life of the tables, although everything is lost that was stored in the one before. */
export const GO_ON = `
UPDATE stepstream.epochs e SET
  life = (SELECT id FROM stepstream.life),
  lost_up_to = greatest(e.lost_up_to, g.last),
  reserved = greatest(e.reserved, g.up_to)
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS g(run_id, epoch, last, up_to)
WHERE e.run_id = g.run_id AND e.epoch = g.epoch
RETURNING e.run_id, e.epoch, e.reserved`;
