/** The SQL of who holds which advisory lock of this database: pg_locks shows its 64-bit key in two halves. */
export const HELD_LOCKS = `
  SELECT (classid::bigint << 32) | objid::bigint AS key, pid
  FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
