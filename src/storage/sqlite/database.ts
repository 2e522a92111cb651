/** What an SQLite value can be here. */
export type SqlValue = string | number | null;

/** What `node:sqlite` and `libsql` have in common, as far as it is used. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}

/** A prepared statement; `all` reads it to its end, which lets go of its locks. */
export interface Statement {
  run(...values: SqlValue[]): { readonly changes: number | bigint };
  all(...values: SqlValue[]): unknown[];
}

/** The packages that can open an SQLite file. */
export type Driver = 'node:sqlite' | 'libsql';

/** A driver's class of open files. */
export type DatabaseClass = new (path: string) => Database;
