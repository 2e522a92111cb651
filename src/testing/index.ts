export { explore, type Explored, type ExploreOptions } from './explore.js';
export { SeedFailedError } from './seed-failed-error.js';
export type { Seeded } from './seeded.js';
export { standIn } from './stand-in.js';
export type { StandIn, StandIns, StepCall, StepStandIn } from './stand-ins.js';
export type { TestClock } from './test-clock.js';
export { testRun, type TestRun, type TestRunOptions } from './test-run.js';
export { virtualClock, type VirtualClock, type VirtualClockOptions } from './virtual-clock.js';
