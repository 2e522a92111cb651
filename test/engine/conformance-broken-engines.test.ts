import type { RunEvent } from 'stepstream';
import { expect, it } from 'vitest';
import { conformanceCases, inProcess, runConformance, type EngineUnderTest } from '../../src/conformance/index.js';
import { InProcessEngine } from '../../src/executor/in-process-engine.js';
import type { Settle, Task } from '../../src/ports/engine.js';
import { PORTS } from '../../src/ports/ports.js';
import type { ActivationOutcome } from '../../src/run/outcome.js';
import { DistortedRun, type Distortion } from './support/distorted-run.js';

/** An engine that works, but for what its runs tell. */
function telling(name: string, wrong: Distortion): EngineUnderTest {
  const engine = inProcess();
  return {
    ...engine,
    name,
    patience: 400,
    start: async (...args) => new DistortedRun(await engine.start(...args), wrong),
    resume: async (...args) => new DistortedRun(await engine.resume(...args), wrong),
  };
}

/** An engine that works, but for what it makes of the outcomes of steps. */
function settling(
  name: string,
  wrong: (key: string, outcome: ActivationOutcome) => ActivationOutcome,
): EngineUnderTest {
  class Settling extends InProcessEngine {
    override step(task: Task, body: (task: Task, settle: Settle<Task>) => void): void {
      super.step(task, (task, settle) => body(task, (one, outcome) => settle(one, wrong(one.key, outcome))));
    }
  }
  const ports = { [PORTS]: { engine: () => new Settling() } };
  const engine = inProcess();
  return {
    ...engine,
    name,
    patience: 400,
    start: (pipeline, state, options) => engine.start(pipeline, state, { ...options, ...ports }),
    resume: (pipeline, told, answers, options) => engine.resume(pipeline, told, answers, { ...options, ...ports }),
  };
}

const renamed = (event: RunEvent): RunEvent =>
  event.type === 'run-end' && event.status === 'failed' ? { ...event, status: 'success' } : event;

let doubled = 0;

/** Each with the topics that it is tried on, and cases that must find it out. */
const BROKEN: readonly (readonly [engine: EngineUnderTest, topics: readonly string[], found: readonly string[]])[] = [
  [
    telling('drops token-reset', { event: (event) => (event.type === 'token-reset' ? [] : [event]) }),
    ['streams', 'races'],
    [
      'after 1 failed attempts, who honours token-reset has the text of the result',
      'after 3 failed attempts, who honours token-reset has the text of the result',
      'a loser leaves nothing in the state, and its words are taken back',
    ],
  ],
  [
    telling('doubles a token', {
      event: (event) => (event.type === 'token' && ++doubled % 40 === 0 ? [event, event] : [event]),
    }),
    ['streams'],
    ['every token is told once, in the order in which it was yielded, and they make the text'],
  ],
  [
    telling('reports success for a failure', {
      event: (event) => [renamed(event)],
      result: (result) =>
        result.status === 'failed' ? ({ ...result, status: 'success', error: undefined } as never) : result,
    }),
    ['failures'],
    [
      'a failed step fails the run: what follows does not start, and its siblings are aborted',
      'the result of a failed run rejects with an error that carries the whole result',
    ],
  ],
  [
    telling('leaves a loop before the work has ended', { leavesLate: true }),
    ['leaving and cancelling'],
    [
      'a break leaves the run, which is cancelled: signal, finally, hooks, and only then the next statement',
      'a throw leaves the run, which is cancelled: signal, finally, hooks, and only then the next statement',
    ],
  ],
  [
    settling('loses a join', (key, outcome) => (/(^|\/)(join|outer)$/.test(key) ? { status: 'skipped' } : outcome)),
    ['joins'],
    [
      'a join runs once, when all have arrived, with the output of each by name',
      'joins of joins get what each branch has made, however long it took',
    ],
  ],
  [
    settling('swallows errors', (_, outcome) => (outcome.status === 'failed' ? { status: 'done' } : outcome)),
    ['failures', 'sub-pipelines'],
    [
      'a failed step fails the run: what follows does not start, and its siblings are aborted',
      'the failure of a child is the failure of its step',
    ],
  ],
  [
    settling('forgets what steps have changed', (_, { changes: _changes, ...outcome }) => outcome),
    ['the state'],
    ['the state of a failed run is what was committed last'],
  ],
];

it.each(BROKEN.map(([engine, topics, found]) => [engine.name, engine, topics, found] as const))(
  'an engine that %s is found out by name',
  async (_, engine, topics, found) => {
    const report = await runConformance(
      engine,
      conformanceCases.filter(({ topic }) => topics.includes(topic)),
    );
    expect(report.conforms).toBe(false);
    const broken = report.cases.filter(({ status }) => status === 'broken').map(({ name }) => name);
    expect(broken).toEqual(expect.arrayContaining([...found]));
  },
);

it('an engine that works conforms, and its report counts what was checked and says why a case was skipped', async () => {
  const cases = conformanceCases.filter(({ topic }) => topic === 'suspend and resume');
  const report = await runConformance(inProcess(), cases);
  expect(report).toMatchObject({ engine: 'in process', conforms: true });
  expect(report.cases.map(({ status }) => status)).not.toContain('broken');
  expect(report.cases.flatMap(({ missing }) => missing ?? [])).toEqual(['needs durable']);
  expect(report.checks).toBe(report.cases.reduce((sum, { checks }) => sum + checks, 0));
  // What a case says that it checks is no less than what it does.
  const kept = cases.filter(({ name }) => report.cases.some((one) => one.name === name && one.status === 'kept'));
  expect(report.checks).toBe(kept.reduce((sum, { checks }) => sum + checks, 0));
});

it('a case that checks nothing, one that takes too long, and a suite of none are no success', async () => {
  const one = { name: 'idle', topic: 'none', rule: 'none', checks: 1 };
  const idle = await runConformance(inProcess(), [{ ...one, run: () => Promise.resolve() }]);
  expect(idle.conforms).toBe(false);
  expect(idle.cases[0].error?.message).toContain('It has checked 0 things');
  const engine = { ...inProcess(), patience: 20 };
  const slow = await runConformance(engine, [{ ...one, run: () => new Promise(() => undefined) }]);
  expect(slow.cases[0].error?.message).toContain('within 20 ms');
  expect((await runConformance(inProcess(), [])).conforms).toBe(false);
});
