import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { sqliteStore, type Driver, type SqliteStoreOptions } from '../../src/storage/sqlite/index.js';
import { loadDriver } from '../../src/storage/sqlite/load-driver.js';
import { recordOf } from './record-of.js';
import { DRIVERS, SqliteFolder } from './sqlite-folder.js';

const NEVER = join(tmpdir(), `stepstream-${process.pid}-never.db`);

/** What calling something throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe.each(DRIVERS)('an SQLite file, through %s', (driver) => {
  /** The file as any other program sees it. */
  function inside<T>({ path }: SqliteFolder, work: (database: ReturnType<typeof openRaw>) => T): T {
    const database = openRaw(path);
    try {
      return work(database);
    } finally {
      database.close();
    }
  }
  const openRaw = (path: string) => new (loadDriver(driver))(path);

  test('keeps its runs and claims when it is closed', async () => {
    await using folder = new SqliteFolder(driver);
    const first = folder.open();
    await first.save(recordOf('r'));
    await first.claim('r', 2, { a: 1 });
    await first.close();
    const second = folder.open();
    expect(await second.get('r')).toEqual(recordOf('r'));
    expect(await second.claim('r', 2, {})).toEqual({ won: false, answers: { a: 1 } });
  });

  test('can be read by whichever driver', async () => {
    await using folder = new SqliteFolder(driver);
    await using written = folder.open();
    await written.save(recordOf('r'));
    for (const other of DRIVERS) expect(await folder.open({ driver: other }).get('r')).toEqual(recordOf('r'));
  });

  test('is for its owner alone, with the files beside it', async () => {
    await using folder = new SqliteFolder(driver);
    await folder.open().save(recordOf('r'));
    const files = readdirSync(folder.folder);
    expect(files.sort()).toEqual(['runs.db', 'runs.db-shm', 'runs.db-wal']);
    for (const file of files) expect(statSync(join(folder.folder, file)).mode & 0o777).toBe(0o600);
  });

  test('holds nothing of what was deleted, when it is closed', async () => {
    await using folder = new SqliteFolder(driver);
    const store = folder.open();
    for (let n = 0; n < 20; n++) await store.save(recordOf(`r${n}`, { text: 'top-secret'.repeat(2_000) }));
    await store.claim('r1', 2, { answer: 'top-secret' });
    await store.save(recordOf('kept'));
    await store.delete('r0');
    await store.prune({ keep: 1 });
    await store.close();
    const files = readdirSync(folder.folder).map((file) => readFileSync(join(folder.folder, file), 'latin1'));
    const bytes = files.join('');
    expect(bytes).toContain('kept');
    expect(bytes).not.toContain('top-secret');
  });

  test('can be named whatever the file system allows', async () => {
    await using folder = new SqliteFolder(driver);
    const names = [
      "it's.db",
      'a b?mode=memory&x=1#%20.db',
      'file:x.db',
      'http:',
      '-x.db',
      'ünï\u{1F600}.db',
      '";--.db',
    ];
    for (const name of names) {
      const store = folder.open({ path: join(folder.folder, name) });
      await store.save(recordOf(name));
      await store.close();
      expect(existsSync(join(folder.folder, name))).toBe(true);
    }
    const beside = names.flatMap((name) => [`${name}-shm`, `${name}-wal`]);
    expect(
      readdirSync(folder.folder)
        .filter((file) => !beside.includes(file))
        .sort(),
    ).toEqual([...names].sort());
  });

  test('can be named from the working directory', async () => {
    await using folder = new SqliteFolder(driver);
    await folder.open({ path: relative(process.cwd(), folder.path) }).save(recordOf('r'));
    expect(await folder.open().get('r')).toEqual(recordOf('r'));
  });

  test('may be no file at all', async () => {
    await using folder = new SqliteFolder(driver);
    const store = folder.open({ path: ':memory:' });
    await store.save(recordOf('r'));
    expect(await store.get('r')).toEqual(recordOf('r'));
    expect(await folder.open({ path: ':memory:' }).get('r')).toBeUndefined();
    expect(readdirSync(folder.folder)).toEqual([]);
    expect(existsSync(':memory:')).toBe(false);
  });

  test('may be shared with an application’s own tables', async () => {
    await using folder = new SqliteFolder(driver);
    inside(folder, (database) => database.exec('CREATE TABLE users (id TEXT); PRAGMA user_version = 42'));
    await folder.open().save(recordOf('r'));
    expect(await folder.open().get('r')).toEqual(recordOf('r'));
    inside(folder, (database) => {
      expect(database.prepare('PRAGMA user_version').all()).toEqual([expect.objectContaining({ user_version: 42 })]);
      expect(database.prepare('SELECT count(*) AS count FROM users').all()).toEqual([{ count: 0 }]);
    });
  });

  test('that a later version has written is refused', async () => {
    await using folder = new SqliteFolder(driver);
    await folder.open().save(recordOf('r'));
    inside(folder, (database) => database.exec('UPDATE stepstream_schema SET version = 2'));
    expect(() => folder.open()).toThrow(
      `The database ${folder.path} has tables of version 2; this version of stepstream knows 1. ` +
        'Use the version of stepstream that wrote it, or a later one.',
    );
  });

  test('lists and deletes records of another version, but doesn’t guess what is in them', async () => {
    await using folder = new SqliteFolder(driver);
    const store = folder.open();
    await store.save(recordOf('new'));
    inside(folder, (database) => database.exec(`UPDATE stepstream_runs SET head = json_set(head, '$.v', 2)`));
    await store.save(recordOf('own'));
    expect((await store.list()).runs.map(({ runId, v }) => [runId, v])).toEqual([
      ['own', 1],
      ['new', 2],
    ]);
    await expect(store.get('new')).rejects.toThrow(
      'The record of run "new" has version 2; this version of stepstream reads 1.',
    );
    expect(await store.prune({ keep: 1 })).toBe(1);
    expect(await store.get('new')).toBeUndefined();
  });

  test('with a damaged record names its run, and not what is in it', async () => {
    await using folder = new SqliteFolder(driver);
    const store = folder.open();
    await store.save(recordOf('r'));
    await store.claim('r', 2, {});
    const damaged = 'What was kept of run "r" is damaged. Restore it from a copy, or delete that run.';
    inside(folder, (database) => database.exec(`UPDATE stepstream_runs SET body = '{ "secret'`));
    await expect(store.get('r')).rejects.toMatchObject({ code: 'STORE_FAILED', message: damaged });
    expect((await store.list()).runs).toHaveLength(1);
    inside(folder, (database) => database.exec(`UPDATE stepstream_runs SET head = 'null'`));
    await expect(store.list()).rejects.toThrow(damaged);
    inside(folder, (database) => database.exec(`UPDATE stepstream_claims SET answers = '7'`));
    await expect(store.claim('r', 2, {})).rejects.toThrow(damaged);
    expect(await store.delete('r')).toBe(true);
  });

  test('that another process writes makes a call wait, and fail when that takes too long', async () => {
    await using folder = new SqliteFolder(driver);
    const store = folder.open({ busyTimeout: 200 });
    await store.save(recordOf('r'));
    const database = openRaw(folder.path);
    database.exec('BEGIN IMMEDIATE');
    const start = Date.now();
    await expect(store.claim('r', 2, {})).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message:
        `The database ${folder.path} can't be read or written: database is locked. ` +
        'Another process holds it: end what it does there, or raise busyTimeout.',
    });
    expect(Date.now() - start).toBeGreaterThanOrEqual(190);
    expect(await store.get('r')).toEqual(recordOf('r'));
    database.exec('ROLLBACK');
    database.close();
    expect(await store.claim('r', 2, {})).toEqual({ won: true });
  });

  test('that is none is refused', async () => {
    await using folder = new SqliteFolder(driver);
    writeFileSync(folder.path, 'this is a letter, not a database. '.repeat(100));
    expect(thrownBy(() => folder.open())).toMatchObject({
      name: 'StoreError',
      code: 'STORE_FAILED',
      message:
        `The database ${folder.path} can't be read or written: file is not a database. ` +
        'Give the path of an SQLite file, or of a new one.',
    });
  });

  test('in a folder that is missing, or in place of a folder, is refused', async () => {
    await using folder = new SqliteFolder(driver);
    const missing = join(folder.folder, 'missing', 'runs.db');
    expect(() => folder.open({ path: missing })).toThrow(`${missing} can't be opened for writing: ENOENT`);
    mkdirSync(folder.path);
    expect(() => folder.open()).toThrow(`${folder.path} can't be opened for writing: EISDIR`);
  });
});

describe('sqliteStore()', () => {
  test.each<[object, string]>([
    [{}, "The store's option path is no path of a file."],
    [{ path: '' }, "The store's option path is no path of a file."],
    [{ path: 7 }, "The store's option path is no path of a file."],
    [{ path: 'a\0b' }, "The store's option path is no path of a file."],
    [{ path: NEVER, driver: 'better-sqlite3' }, "The store's option driver is unknown."],
    [{ path: NEVER, busyTimeout: -1 }, "The store's option busyTimeout is no whole number from 0 on."],
    [{ path: NEVER, busyTimeout: '5' }, "The store's option busyTimeout is no whole number from 0 on."],
    [{ path: NEVER, busyTimeout: 2 ** 31 }, "The store's option busyTimeout is no whole number from 0 on."],
    [{ path: NEVER, redakt: () => 1 }, 'A store has no option "redakt".'],
    [{ path: NEVER, maxLength: 0 }, "The store's option maxLength is no whole number above 0."],
  ])('refuses %j before it touches a file', (options, message) => {
    expect(() => sqliteStore(options as SqliteStoreOptions)).toThrow(message);
    expect(existsSync(NEVER)).toBe(false);
  });
});

describe('without a driver', () => {
  afterEach(() => vi.restoreAllMocks());

  const withoutNodeSqlite = () => vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
  function withoutLibsql(): Error {
    const missing = Object.assign(new Error("Cannot find module 'libsql'"), { code: 'MODULE_NOT_FOUND' });
    const load = loader._load.bind(loader);
    vi.spyOn(loader, '_load').mockImplementation((request, ...rest) => {
      if (request === 'libsql') throw missing;
      return load(request, ...rest);
    });
    return missing;
  }
  const open = (driver?: Driver) => thrownBy(() => sqliteStore({ path: NEVER, ...(driver && { driver }) }));

  test('says that neither is there, and what to do', () => {
    withoutNodeSqlite();
    const cause = withoutLibsql();
    expect(open()).toMatchObject({
      name: 'StoreError',
      code: 'SQLITE_MISSING',
      message:
        "This Node.js has no node:sqlite, and the package libsql can't be loaded. " +
        'Run `npm install libsql`, or use Node.js 22.13 or later, which has node:sqlite.',
      cause,
    });
    expect(existsSync(NEVER)).toBe(false);
  });

  test('doesn’t fall back on another than the one that was asked for', () => {
    withoutNodeSqlite();
    expect(open('node:sqlite')).toMatchObject({
      code: 'SQLITE_MISSING',
      message:
        'This Node.js has no node:sqlite. Use Node.js 22.13 or later, which has it, or leave the option driver out.',
    });
    const cause = withoutLibsql();
    expect(open('libsql')).toMatchObject({
      code: 'SQLITE_MISSING',
      message:
        "The package libsql can't be loaded. Run `npm install libsql`, or leave the option driver out for node:sqlite, which Node.js has from 22.13 on.",
      cause,
    });
  });
});
