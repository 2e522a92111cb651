/** The SQL of the advisory lock's key that says that an executor lives, from the SQL of the executor's id. */
export function lockKey(executorId: string): string {
  // Not hashtextextended: PostgreSQL may change it from version to version, and a fleet spans versions while it is upgraded.
  const hash = `sha256(convert_to('stepstream worker ' || ${executorId}, 'UTF8'))`;
  return `('x' || encode(substring(${hash} FROM 1 FOR 8), 'hex'))::bit(64)::bigint`;
}
