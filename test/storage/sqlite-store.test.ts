import { conformance } from './conformance.js';
import { DRIVERS, SqliteFolder } from './sqlite-folder.js';

for (const driver of DRIVERS) {
  conformance(`SQLite through ${driver}`, () => new SqliteFolder(driver), { histories: 50 });
}
