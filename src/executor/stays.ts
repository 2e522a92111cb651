import type { Teller } from '../run/teller.js';
import type { Host } from './host.js';
import { Membership } from './membership.js';

/** The instances at which one run stays: its own, and those of the children that it uses (G.5). */
export class Stays {
  readonly own: Membership;
  readonly #host: Host;
  readonly #teller: Teller;
  readonly #warn: (errors: readonly Error[]) => void;
  #held: Map<Host, Membership> | undefined;

  /** `warn` takes what fails without changing the outcome. */
  constructor(host: Host, teller: Teller, warn: (errors: readonly Error[]) => void) {
    this.#host = host;
    this.#teller = teller;
    this.#warn = warn;
    this.own = new Membership(host, teller, warn);
  }

  /** The stay at a child's instance, which ends with the run. */
  at(host: Host): Membership {
    this.#held ??= new Map();
    const held = this.#held.get(host) ?? new Membership(host, this.#teller, this.#warn, this.#host);
    this.#held.set(host, held);
    return held;
  }

  /** The run has ended: nothing is waited for any more. */
  withdraw(reason: unknown): void {
    this.own.withdraw(reason);
    for (const held of this.#held?.values() ?? []) held.withdraw(reason);
  }

  /** Who uses an instance leaves before it does: its shutdown may need it. */
  leave(): Promise<void> {
    return this.#host.beLeft([this.own, ...(this.#held?.values() ?? [])]);
  }
}
