import type { EngineUnderTest } from './engine-under-test.js';

/** Milliseconds within which all items have begun on this engine that may. */
export const latencyOf = ({ latency = 100 }: EngineUnderTest): number => latency;
