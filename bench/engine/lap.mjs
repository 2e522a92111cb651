/** What the bodies of a worker have in common, whoever executes them: a gate, a clock, and a count of what is asked. */
import pg from 'pg';

/** Milliseconds since the epoch, finer than `Date.now()`, and the same for all processes of a machine. */
export const now = () => performance.timeOrigin + performance.now();

/** What this process has asked the database since it began; a transaction counts as one commit if it has written. */
const asked = { statements: 0, commits: 0, texts: {} };

/** The same, and how many milliseconds it has computed. */
export function askedSoFar() {
  const { user, system } = process.cpuUsage();
  return { ...asked, texts: { ...asked.texts }, cpu: (user + system) / 1000 };
}

/** What was asked and computed since then. */
export function askedSince(before) {
  const after = askedSoFar();
  const numbers = ['statements', 'commits', 'cpu'].map((what) => [what, after[what] - before[what]]);
  const texts = Object.entries(after.texts).map(([text, count]) => [text, count - (before.texts[text] ?? 0)]);
  return { ...Object.fromEntries(numbers), texts: Object.fromEntries(texts.filter(([, count]) => count > 0)) };
}

const WRITES = /\b(INSERT INTO|UPDATE "?\w|DELETE FROM|pg_notify|NOTIFY)/i;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (...args) {
  const text = typeof args[0] === 'string' ? args[0] : args[0]?.text;
  if (typeof text === 'string') {
    asked.statements += 1;
    if (process.env.TEXTS === 'on') {
      const short = text.replace(/\s+/g, ' ').trim().slice(0, 110);
      asked.texts[short] = (asked.texts[short] ?? 0) + 1;
    }
    const word = text.trimStart().slice(0, 8).toUpperCase();
    if (word.startsWith('BEGIN')) this.benchWrites = false;
    const writes = WRITES.test(text.replace(/FOR UPDATE|DO UPDATE/g, ''));
    if (this.benchWrites === undefined ? writes : word.startsWith('COMMIT') && this.benchWrites) asked.commits += 1;
    if (this.benchWrites === false && writes) this.benchWrites = true;
    if (/^(COMMIT|ROLLBACK)/.test(word)) this.benchWrites = undefined;
  }
  return query.apply(this, args);
};

/** One lap: it begins when as many runs as are expected stand at the gate, and is over when as many have come through. */
class Lap {
  #expected;
  #waiting = [];
  #begun;
  #through = 0;
  #over;
  over = new Promise((resolve) => (this.#over = resolve));

  constructor(expected) {
    this.#expected = expected;
  }

  enter() {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length < this.#expected) return;
      this.#begun = { at: now(), ...askedSoFar() };
      for (const go of this.#waiting) go();
    });
  }

  leave() {
    this.#through += 1;
    if (this.#through < this.#expected) return;
    this.#over({ ms: now() - this.#begun.at, ...askedSince(this.#begun) });
  }
}

let lap;

/** Resolves to how long a lap of so many runs has taken, and what was asked meanwhile. */
export function expect(runs) {
  lap = new Lap(runs);
  return lap.over;
}

/** When the jobs of this process have begun and ended, in this lap. */
const jobs = { first: Infinity, last: 0, ended: 0 };

/** Of the lap so far; asked with `true` it begins anew. */
export function jobsSoFar(anew) {
  if (anew) Object.assign(jobs, { first: Infinity, last: 0, ended: 0 });
  return { ...jobs, first: Math.min(jobs.first, Number.MAX_VALUE) };
}

/** The bodies: the same for our steps and for those of DBOS. */
export const bodies = {
  /** A chain's step: the first waits for all runs of the lap, the last says that it was reached. */
  async link(place, length) {
    if (place === 0) await lap.enter();
    if (place === length - 1) lap.leave();
    return place;
  },
  /** A job's step, which computes nothing and may wait as one does for a model. */
  async work(place, length, ms) {
    if (place === 0) jobs.first = Math.min(jobs.first, now());
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    if (place === length - 1) [jobs.last, jobs.ended] = [now(), jobs.ended + 1];
    return place;
  },
  /** Tokens for so many milliseconds, one every `every` of them, or as fast as they are taken. */
  async *speak({ every, ms }) {
    await lap.enter();
    const begun = now();
    for (let count = 1; count * every <= ms && now() < begun + ms; count++) {
      const wait = begun + count * every - now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      yield { said: ' word', at: now() };
    }
    lap.leave();
  },
};
