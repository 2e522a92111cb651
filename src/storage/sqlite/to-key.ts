/** What SQLite or one of its drivers would cut or change: NUL, and halves of surrogate pairs. */
const UNSAFE = /[\0\p{Surrogate}]/u;

/**
 * The text under which an id or a name is kept: itself, so that the tables can be read with any tool, or its JSON where
 * SQLite would change it, so that two ids never become one.
 */
export const toKey = (text: string): string =>
  UNSAFE.test(text) || text.startsWith('"') ? JSON.stringify(text) : text;
