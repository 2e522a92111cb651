import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A worker as the page shows it. */
export interface WorkerInfo {
  readonly name: string;
  readonly pid: number | undefined;
  readonly state: 'starting' | 'ready';
  /** The runs whose answers it gives now. */
  readonly answering: readonly string[];
}

interface Slot {
  child: ChildProcess;
  ready: boolean;
  readonly answering: Set<string>;
}

interface Message {
  readonly ready?: true;
  readonly runId?: string;
  readonly answering?: boolean;
}

const program = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** Keeps some worker processes alive: one that dies is started anew. */
export class Workers {
  readonly #databaseUrl: string;
  readonly #slots = new Map<string, Slot>();
  #stopping = false;

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
  }

  get all(): WorkerInfo[] {
    return [...this.#slots].map(([name, { child, ready, answering }]) => {
      const state = ready ? ('ready' as const) : ('starting' as const);
      return { name, pid: child.pid, state, answering: [...answering] };
    });
  }

  /** Resolves when it takes runs. */
  async start(name: string): Promise<void> {
    const env = { ...process.env, DATABASE_URL: this.#databaseUrl };
    const child = fork(program, { env, execArgv: ['--import', 'tsx'] });
    const slot: Slot = { child, ready: false, answering: new Set() };
    this.#slots.set(name, slot);
    child.once('exit', () => {
      slot.answering.clear();
      slot.ready = false;
      if (!this.#stopping) void this.start(name);
    });
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.on('message', ({ ready, runId, answering }: Message) => {
        if (ready) slot.ready = true;
        if (ready) resolve();
        if (runId === undefined) return;
        if (answering) slot.answering.add(runId);
        else slot.answering.delete(runId);
      });
    });
  }

  /** Ends one at once, as a crash does. False if there is none of that name. */
  kill(name: string): boolean {
    return this.#slots.get(name)?.child.kill('SIGKILL') ?? false;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const all = [...this.#slots.values()].filter(({ child }) => child.exitCode === null && child.signalCode === null);
    await Promise.all(
      all.map(async ({ child }) => {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }),
    );
  }
}
