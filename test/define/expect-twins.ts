import { expect } from 'vitest';
import { planOf, toMermaid, type AnyPipeline, type Run, type RunEvent } from 'stepstream';
import type { PipelineClass } from '../../src/scanner/pipeline-class.js';
import { eventsOf } from '../support/events-of.js';

/** A class and its twin have one plan, to the last option, and so one fingerprint and one drawing. */
export function expectSamePlan(pipelineClass: PipelineClass, twin: PipelineClass): void {
  expect(planOf(twin)).toStrictEqual(planOf(pipelineClass));
  expect(planOf(twin).fingerprint).toMatch(/^[0-9a-f]{16}$/);
  expect(toMermaid(twin)).toBe(toMermaid(pipelineClass));
}

/** What two runs have told, without the times; ids are given to both. */
export async function toldBy(run: Run<AnyPipeline>): Promise<object[]> {
  return (await eventsOf(run)).map(withoutTimes);
}

function withoutTimes(event: RunEvent<AnyPipeline>): object {
  return Object.fromEntries(Object.entries(event).filter(([key]) => key !== 'at' && key !== 'duration'));
}

interface Runs {
  run(state: object, options?: object): Run<AnyPipeline>;
}

/** Runs both with the same state and id: they have one plan, tell the same events and end the same way. */
export async function expectTwins(
  [pipelineClass, instance]: readonly [PipelineClass, object],
  [twin, twinInstance]: readonly [PipelineClass, object],
  state: object,
  options: object = {},
): Promise<readonly object[]> {
  expectSamePlan(pipelineClass, twin);
  const given = { id: 'one', throwOnFailure: false, ...options };
  const told = await toldBy((instance as Runs).run(state, given));
  expect(await toldBy((twinInstance as Runs).run(state, given))).toStrictEqual(told);
  expect(told.at(-1)).toMatchObject({ type: 'run-end' });
  return told;
}
