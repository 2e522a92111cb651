import type { Teller } from '../run/teller.js';
import type { Host, Waiter } from './host.js';

/** The stay of one run at one instance: from the wait until that is up, to letting it go (G). */
export class Membership implements Waiter {
  readonly host: Host;
  readonly teller: Teller;
  /** Whether the run counts as an active one of the instance. */
  inside = false;
  readonly #warn: (errors: readonly Error[]) => void;
  readonly #parent: Host | undefined;
  #waiting: ((error?: Error) => void) | undefined;
  #entered: Promise<Error | undefined> | undefined;
  /** How many steps of the run wait for it. */
  #waiters = 0;
  /** Aborted startups that this run alone has waited for. */
  #undoing: Promise<readonly Error[]>[] | undefined;

  /** `warn` takes what fails without changing the outcome; `parent` is the instance of the run, if this is a child's. */
  constructor(host: Host, teller: Teller, warn: (errors: readonly Error[]) => void, parent?: Host) {
    this.host = host;
    this.teller = teller;
    this.#warn = warn;
    this.#parent = parent;
  }

  /** Joins the instance; where it has to be waited for, a promise of what went wrong. The same for all who ask. */
  enter(): Promise<Error | undefined> | undefined {
    if (this.inside) return undefined;
    this.#waiters++;
    if (this.#entered !== undefined) return this.#entered;
    this.inside = this.host.enter(this);
    if (this.inside) return undefined;
    this.#entered = new Promise<Error | undefined>((resolve) => (this.#waiting = resolve));
    return this.#entered;
  }

  /** Told by the instance. */
  ready(error?: Error, warnings: readonly Error[] = []): void {
    this.#warn(warnings);
    this.inside = error === undefined;
    this.#tell(error);
  }

  /** One of those who have entered no longer waits: if nobody does, the wait is over. */
  giveUp(reason: unknown): void {
    if (this.#entered !== undefined && --this.#waiters === 0) this.withdraw(reason);
  }

  /** The run has ended while it waited. */
  withdraw(reason: unknown): void {
    if (this.#waiting === undefined) return;
    const undoing = this.host.withdraw(this, reason);
    if (undoing !== undefined) (this.#undoing ??= []).push(undoing);
    this.#tell(undefined);
  }

  #tell(error: Error | undefined): void {
    this.#waiting?.(error);
    this.#waiting = this.#entered = undefined;
    this.#waiters = 0;
  }

  /** Lets the instance go, or leaves it to a parent that is open (G.5); whoever is the last to leave waits for its shutdown. */
  async leave(): Promise<void> {
    for (const undoing of this.#undoing ?? []) this.#warn(await undoing);
    const leaves = this.inside && this.#parent?.keep(this.host) !== true;
    this.inside = false;
    const shutdown = leaves ? this.host.leave(this.teller) : undefined;
    if (shutdown) this.#warn(await shutdown);
  }
}
