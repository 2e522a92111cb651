import { expect } from 'vitest';
import { stepstreamMatchers, type StepstreamMatchers } from './matchers/stepstream-matchers.js';

expect.extend(stepstreamMatchers);

// eslint-disable-next-line no-restricted-syntax -- no namespace: this is how vitest's matchers get their types
declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-empty-object-type -- as vitest declares it
  interface Matchers<T = any> extends StepstreamMatchers<T> {}
}
