import { once } from 'node:events';
import { sqliteStore, type Driver } from '../../src/storage/sqlite/index.js';
import { recordOf } from './record-of.js';

/** Another process at the same file: says `ready`, waits for a line, does its job, and says what came of it as JSON. */
const [path, driver, job, name] = process.argv.slice(2) as [string, Driver, string, string];

const open = () => sqliteStore({ path, driver, busyTimeout: 60_000 });
const go = async (): Promise<void> => {
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
};

const jobs: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Claims twenty segments, one after the other, through ten handles each. */
  async claim() {
    const stores = Array.from({ length: 10 }, open);
    await go();
    const claims = [];
    for (let segment = 2; segment < 22; segment++) {
      claims.push(await Promise.all(stores.map((store, n) => store.claim('r', segment, { by: `${name}.${n}` }))));
    }
    return claims;
  },
  /** Opens the file, which nobody has made yet, and saves one record. */
  async create() {
    await go();
    return open().save(recordOf(name));
  },
  /** Saves forty records of its own, and forty times one that all share. */
  async save() {
    const store = open();
    await go();
    for (let n = 0; n < 40; n++) {
      await store.save(recordOf(`${name}.${n}`, { text: 'x'.repeat(10_000) }));
      await store.save(recordOf('shared', { text: name.repeat(10_000) }));
    }
    return 'saved';
  },
  /** Saves long records until it is killed. */
  async forever() {
    const store = open();
    await go();
    for (let n = 0; ; n++) await store.save(recordOf(`r${n % 50}`, { text: `${n % 10}`.repeat(50_000) }));
  },
};

process.stdout.write(JSON.stringify(await jobs[job]()));
