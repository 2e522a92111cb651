/** A process that does what it is asked, and ends with its parent. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Answers what the parent asks, by the functions of this table. */
export function answer(table) {
  process.once('disconnect', () => process.exit(0));
  process.on('message', ({ id, what, given }) => {
    Promise.resolve()
      .then(() => table[what](given))
      .then(
        (result) => process.send({ id, result }),
        (error) => process.send({ id, error: error?.stack ?? String(error) }),
      );
  });
}

/** A child of this process. */
export class Child {
  #child;
  #asked = 0;

  /** Over the built package, or with `SRC=on` over the sources. */
  constructor(program, ...args) {
    this.#child = fork(fileURLToPath(new URL(program, import.meta.url)), args, {
      // DBOS uses its driver in a way that this will not allow one day.
      execArgv: ['--no-deprecation', ...(process.env.SRC === 'on' ? ['--import', 'tsx'] : [])],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  ask(what, given) {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error(`a process of the bench has ended when it was asked to ${what}`));
      const onMessage = (told) => {
        if (told.id !== id) return;
        this.#child.off('message', onMessage).off('exit', onExit);
        if (told.error === undefined) resolve(told.result);
        else reject(new Error(told.error));
      };
      this.#child.on('message', onMessage).once('exit', onExit);
      this.#child.send({ id, what, given });
    });
  }

  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}
