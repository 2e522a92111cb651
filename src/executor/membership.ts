import type { Teller } from '../run/teller.js';
import type { Host, Waiter } from './host.js';

/** The stay of one run at one instance: from the wait until that is up, to letting it go (G). */
export class Membership implements Waiter {
  readonly host: Host;
  readonly teller: Teller;
  /** Whether the run counts as an active one of the instance. */
  inside = false;
  readonly #warn: (errors: readonly Error[]) => void;
  #waiting: ((error?: Error) => void) | undefined;
  #entered: Promise<Error | undefined> | undefined;
  /** An aborted startup that this run alone has waited for. */
  #undoing: Promise<readonly Error[]> | undefined;

  /** `warn` takes what fails without changing the outcome. */
  constructor(host: Host, teller: Teller, warn: (errors: readonly Error[]) => void) {
    this.host = host;
    this.teller = teller;
    this.#warn = warn;
  }

  /** Joins the instance; where it has to be waited for, a promise of what went wrong. The same for all who ask. */
  enter(): Promise<Error | undefined> | undefined {
    if (this.inside || this.#entered !== undefined) return this.#entered;
    this.inside = this.host.enter(this);
    if (this.inside) return undefined;
    const entered = new Promise<Error | undefined>((resolve) => (this.#waiting = resolve));
    return (this.#entered = entered);
  }

  /** Told by the instance. */
  ready(error?: Error, warnings: readonly Error[] = []): void {
    this.#warn(warnings);
    this.inside = error === undefined;
    this.#entered = undefined;
    this.#waiting?.(error);
    this.#waiting = undefined;
  }

  /** The run has ended while it waited. */
  withdraw(reason: unknown): void {
    if (this.#waiting === undefined) return;
    this.#undoing = this.host.withdraw(this, reason);
    this.#waiting();
    this.#waiting = this.#entered = undefined;
  }

  /** Lets the instance go; whoever is the last to leave waits for its shutdown. */
  async leave(): Promise<void> {
    if (this.#undoing) this.#warn(await this.#undoing);
    const shutdown = this.inside ? this.host.leave(this.teller) : undefined;
    this.inside = false;
    if (shutdown) this.#warn(await shutdown);
  }
}
