/** Somebody who must know when the turn of the event loop in which it was born has ended. */
export interface TurnMember {
  /** Its place in the turn's list; kept by the turn. */
  place: number;
  endTurn(): void;
}

/** One turn of the event loop: a macrotask with all its microtasks. One pair of timers serves every run of a turn. */
export class Turn {
  over = false;
  readonly #members: TurnMember[] = [];

  join(member: TurnMember): void {
    member.place = this.#members.push(member) - 1;
  }

  leave(member: TurnMember): void {
    const last = this.#members.pop()!;
    if (last === member) return;
    this.#members[member.place] = last;
    last.place = member.place;
  }

  end(): void {
    this.over = true;
    for (const member of this.#members.splice(0)) member.endTurn();
  }
}

// Taken when the module loads: a test's fake timers must not keep a turn open for ever.
const { setTimeout: soon } = globalThis;
const { setImmediate: next } = globalThis as { setImmediate?: (callback: () => void) => unknown };

let current: Turn | undefined;

/** The turn of the event loop that is running now. */
export function currentTurn(): Turn {
  if (current) return current;
  const turn = new Turn();
  const end = (): void => {
    if (current === turn) current = undefined;
    if (!turn.over) turn.end();
  };
  // Whichever phase of the loop comes first ends the turn.
  next?.(end);
  soon(end, 0);
  return (current = turn);
}
