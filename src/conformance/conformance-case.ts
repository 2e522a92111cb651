import type { Capability, ConformancePipeline } from './engine-under-test.js';
import type { Kit } from './kit.js';

/** One sentence that every engine keeps, if it promises what the case needs. */
export interface ConformanceCase {
  readonly name: string;
  /** Where SEMANTICS.md says so. */
  readonly rule: string;
  /** How many checks it makes at least: a case that makes fewer has failed. */
  readonly checks: number;
  readonly needs?: readonly Capability[];
  /** For engines that don't promise these: the weaker promise. */
  readonly lacks?: readonly Capability[];
  run(kit: Kit): Promise<void>;
}

/** Cases that belong together, and the pipelines that they run. */
export interface Topic {
  readonly name: string;
  readonly pipelines: readonly ConformancePipeline[];
  readonly cases: readonly ConformanceCase[];
}
