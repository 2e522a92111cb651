import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TooManyVisitsError } from '../../src/errors/too-many-visits-error.js';
import { compile } from '../../src/plan/compile.js';
import type { Plan } from '../../src/plan/plan.js';
import { checkSnapshot } from '../../src/run/check-snapshot.js';
import { fromSnapshot, toSnapshot, type ProgressSnapshot } from '../../src/run/progress-snapshot.js';
import { buildPipeline, type StepSpec } from '../support/build-class.js';
import { Drive, type DrivenEnd } from '../support/drive.js';
import { loopySteps } from '../support/loopy-graph.js';
import { runs } from '../support/runs.js';

/** `expect` alone is too slow for so many questions. */
function same(actual: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(actual, wanted)) expect(actual).toEqual(wanted);
}

const planOf = (steps: readonly StepSpec[]): Plan =>
  compile(buildPipeline({ steps, pipeline: { maxVisits: 12 } })).plan;

/** One choice ends one of the visits that are alive, in one of the ways that its step has. */
function endOne(drive: Drive, choice: number): readonly [key: string, end: DrivenEnd] | undefined {
  const keys = [...drive.alive.keys()];
  if (keys.length === 0 || drive.failure !== undefined) return undefined;
  const key = keys[choice % keys.length];
  const end = endOf(drive, key, (choice >> 3) % 32);
  drive.end(key, end);
  return [key, end];
}

function endOf({ plan, alive }: Drive, key: string, way: number): DrivenEnd {
  const { gotos, survivor } = plan.steps[alive.get(key)!.id];
  if (way === 0) return { does: 'skip' };
  // Most failures that nobody survives would only end the run.
  if (way === 1 || (way < 6 && survivor !== undefined)) return { does: 'fail' };
  if (gotos.length > 0 && way < 20) return { route: [plan.steps[gotos[way % gotos.length]].name] };
  return {};
}

/** The counters of the progress against what is alive, counted again. */
function checkCounts({ plan, progress, alive }: Drive): void {
  const { rounds } = progress;
  if (rounds === undefined) return;
  const counted = plan.steps.map((step) => [...alive.values()].filter(({ id }) => id === step.id).length);
  same(rounds.live, counted);
  const busy = plan.loops.map(({ body }) => body.some((id) => counted[id] > 0));
  plan.loops.forEach(({ id }) => {
    const own = plan.steps.filter((step) => step.loop === id).reduce((sum, step) => sum + counted[step.id], 0);
    const inside = plan.loops.filter(({ parent, id: inner }) => parent === id && busy[inner]).length;
    const { jumps, entries, ...rest } = rounds.loops[id];
    same({ ...rest, over: undefined }, { alive: own + inside, busy: busy[id], over: undefined });
    if (!busy[id]) same([jumps, entries], [undefined, undefined]);
  });
}

/** Where a header has just started, nothing else of its loop is alive. */
function checkRounds({ plan, alive }: Drive, started: readonly string[]): void {
  for (const key of started) {
    const { id } = alive.get(key)!;
    for (const { header, body } of plan.loops) {
      if (header !== id) continue;
      same(
        [...alive].filter(([other, start]) => other !== key && body.includes(start.id)),
        [],
      );
    }
  }
}

/** What became of every step; who is to blame for a dead one depends on the order of the plan. */
const statuses = ({ ledger }: Drive): Record<string, string> =>
  Object.fromEntries(Object.entries(ledger).map(([name, status]) => [name, status.replace(/ by .*/, '')]));

const messageOf = ({ failure }: Drive): string | undefined => failure?.message;

const choices = fc.array(fc.nat(0xff), { minLength: 1, maxLength: 90 });

/** Many more by `npm run test:model`. */
const RUNS = runs(700);

it(
  'whatever ends in whatever order, rounds never overlap, nothing is miscounted and no run stalls',
  { timeout: 600_000 },
  () => {
    const seen = { loops: 0, nested: 0, again: 0, lost: 0, survived: 0, tooMany: 0, ended: 0 };
    fc.assert(
      fc.property(loopySteps, choices, (steps, chosen) => {
        const drive = new Drive(planOf(steps));
        for (const choice of [...chosen, ...Array<number>(400).fill(0xff)]) {
          const before = new Set(drive.alive.keys());
          if (endOne(drive, choice) === undefined) break;
          if (drive.failure !== undefined) break;
          checkCounts(drive);
          checkRounds(
            drive,
            [...drive.alive.keys()].filter((key) => !before.has(key)),
          );
        }
        const { plan, failure } = drive;
        if (plan.loops.length > 0) seen.loops++;
        if (plan.loops.some(({ depth }) => depth > 1)) seen.nested++;
        const ledger = Object.values(drive.ledger).join(' ');
        if (ledger.includes('lost')) seen.lost++;
        if (drive.progress.survived.some((errors) => errors !== undefined)) seen.survived++;
        if (failure instanceof TooManyVisitsError) seen.tooMany++;
        if (failure !== undefined || drive.alive.size > 0) return;
        seen.ended++;
        if (drive.progress.started.some((count) => count > 3)) seen.again++;
        expect(drive.waiting).toEqual([]);
        expect(ledger).not.toContain('ended');
      }),
      { numRuns: RUNS },
    );
    // The graphs are worth the while.
    expect(seen.loops).toBeGreaterThan(RUNS / 3);
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 50);
  },
);

it(
  'a run goes on from the JSON of its progress as if nothing had been, also where its steps stand in another order',
  { timeout: 600_000 },
  () => {
    let restored = 0;
    let elsewhere = 0;
    fc.assert(
      fc.property(loopySteps, choices, choices, (steps, before, after) => {
        const plan = planOf(steps);
        const drive = new Drive(plan);
        for (const choice of before.slice(0, before.length >> 1)) endOne(drive, choice);
        if (drive.alive.size === 0 || drive.failure !== undefined) return;
        restored++;
        const text = JSON.stringify(toSnapshot(plan, drive.progress));
        const snapshot = JSON.parse(text) as ProgressSnapshot;
        expect(checkSnapshot(plan, snapshot)).toEqual([]);
        const copy = Drive.from(plan, fromSnapshot(plan, snapshot), drive);
        expect(JSON.stringify(toSnapshot(plan, copy.progress))).toBe(text);
        const turned = planOf([...steps].reverse());
        const other =
          turned.fingerprint === plan.fingerprint
            ? Drive.from(turned, fromSnapshot(turned, snapshot), drive)
            : undefined;
        if (other) elsewhere++;
        for (const choice of after) {
          const ended = endOne(drive, choice);
          same(endOne(copy, choice), ended);
          same([...copy.alive], [...drive.alive]);
          if (other === undefined || ended === undefined) continue;
          other.end(...ended);
          same([...other.alive.keys()].sort(), [...drive.alive.keys()].sort());
        }
        if (other) expect(statuses(other)).toEqual(statuses(drive));
        expect(copy.ledger).toEqual(drive.ledger);
        expect(copy.joins.join()).toBe(drive.joins.slice(-copy.joins.length || drive.joins.length).join());
        expect(messageOf(copy)).toBe(messageOf(drive));
      }),
      { numRuns: RUNS >> 1 },
    );
    expect(restored).toBeGreaterThan(RUNS / 6);
    expect(elsewhere).toBeGreaterThan(RUNS / 20);
  },
);
