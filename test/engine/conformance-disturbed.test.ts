import { expect, it } from 'vitest';
import { conformanceCases, runConformance } from '../../src/conformance/index.js';
import { durableInMemory } from './support/durable-in-memory.js';

/**
 * Topics whose cases look at what comes out of a run. The others also count attempts and tokens, which are made again
 * where a process has died.
 */
const TOPICS = ['ways that a run can take', 'the state', 'suspend and resume', 'hooks', 'mistakes'];

it.each([[[1]], [[2]], [[3, 2]], [[6, 1]]])(
  'a durable run keeps its promises when its processes die at records %j',
  async (lives) => {
    const cases = conformanceCases.filter(({ topic }) => TOPICS.includes(topic));
    const report = await runConformance(durableInMemory(lives), cases);
    expect(report.cases.flatMap(({ name, error }) => (error ? [`${name}: ${error.message}`] : []))).toEqual([]);
    expect(report.cases.filter(({ status }) => status === 'kept').length).toBeGreaterThan(40);
  },
);
