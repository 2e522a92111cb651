export type { ConformanceCase } from './conformance-case.js';
export { conformanceCases, conformancePipelines, type NamedCase } from './conformance-cases.js';
export type {
  Capabilities,
  Capability,
  ConformanceOptions,
  ConformancePipeline,
  EngineUnderTest,
} from './engine-under-test.js';
export { inProcess } from './in-process.js';
export { Kit, type Told } from './kit.js';
export { runConformance, type CaseReport, type ConformanceReport } from './run-conformance.js';
export { testEngine, type TestEngineOptions, type TestRunner } from './test-engine.js';
