/** What the bodies of a worker have in common, whoever executes them: a gate, a clock, and a count of what is asked. */
import pg from 'pg';

/** Milliseconds since the epoch, finer than `Date.now()`, and the same for all processes of a machine. */
export const now = () => performance.timeOrigin + performance.now();

/**
 * What this process has asked the database since it began, by the first statement of each transaction: how many
 * statements, and how many commits that had written something.
 */
const asked = {};
const WRITES = /^\s*(INSERT|DELETE|UPDATE|NOTIFY)|\b(INSERT INTO|UPDATE "?\w+"?\.|pg_notify)/i;
const known = new Map();

/** A statement on one line, though not all of it, and whether it writes. */
function read(text) {
  if (!known.has(text))
    known.set(text, { label: text.replace(/\s+/g, ' ').trim().slice(0, 110), writes: WRITES.test(text) });
  return known.get(text);
}

function add(label, statements, writes) {
  const [times, all, commits] = asked[label] ?? [0, 0, 0];
  asked[label] = [times + 1, all + statements, commits + (writes ? 1 : 0)];
}

const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (...args) {
  const text = typeof args[0] === 'string' ? args[0] : args[0]?.text;
  if (typeof text === 'string') note(this, read(text));
  return query.apply(this, args);
};

const transactions = new WeakMap();

function note(client, { label, writes }) {
  const open = transactions.get(client);
  if (open === undefined) {
    if (label.startsWith('BEGIN')) transactions.set(client, { statements: 1, writes: false, label: undefined });
    else add(label, 1, writes);
    return;
  }
  open.statements += 1;
  open.writes ||= writes;
  if (!/^(COMMIT|ROLLBACK)/.test(label)) return void (open.label ??= label);
  transactions.delete(client);
  add(open.label ?? 'nothing', open.statements, open.writes && label.startsWith('COMMIT'));
}

/** All of that, and how many milliseconds this process has computed. */
export function askedSoFar() {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1000, of: { ...asked } };
}

/** What was asked and computed since then. */
export function askedSince(before) {
  const { cpu, of } = askedSoFar();
  const minus = (counts, [...others] = [0, 0, 0]) => counts.map((count, i) => count - others[i]);
  const since = Object.entries(of).map(([label, counts]) => [label, minus(counts, before.of[label])]);
  return { cpu: cpu - before.cpu, of: Object.fromEntries(since.filter(([, [times]]) => times > 0)) };
}

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
