import { checkOptions, refuseOption, type OptionRules, type OptionsOf } from '../../errors/check-options.js';
import { RULE } from './option-rules.js';
import type { ItemLimits, RateLimit, WorkerPipeline } from './worker-options.js';

const isRate = (value: unknown): boolean => {
  const { limit, per } = (value ?? {}) as Partial<RateLimit>;
  return RULE.count[1](limit) && typeof per === 'number' && per > 0 && Number.isFinite(per);
};

const rate = ['{ limit, per }: a whole number above 0, in milliseconds above 0', isRate] as const;

const ITEMS: OptionRules<keyof ItemLimits> = { concurrency: RULE.count, globalConcurrency: RULE.count, rate };
const RULES: OptionRules<keyof WorkerPipeline> = {
  ...ITEMS,
  partitionConcurrency: RULE.count,
  partitionRate: rate,
  ...{ pipeline: RULE.known, items: RULE.known, schedules: RULE.known },
};

/** Throws a `MisuseError` for limits that no queue can have. */
export function checkLimits(pipeline: string, given: WorkerPipeline): void {
  const of = { code: 'INVALID_ENGINE_OPTION', call: `${pipeline}: startWorker()` };
  checkOptions(of, given, RULES);
  checkTogether(of, given, ['concurrency', 'partitionConcurrency']);
  if (given.items === undefined) return;
  checkOptions({ ...of, within: 'items' }, given.items, ITEMS);
  checkTogether({ ...of, within: 'items' }, given.items, ['concurrency']);
}

/** What is a part of all can't be more. */
function checkTogether(of: OptionsOf, limits: WorkerPipeline | ItemLimits, parts: readonly string[]): void {
  const { globalConcurrency: all = Infinity } = limits;
  const path = of.within ? `${of.within}.` : '';
  for (const part of parts) {
    const most = (limits as Readonly<Record<string, number | undefined>>)[part] ?? 0;
    if (most > all)
      throw refuseOption(of, `the option ${path}${part} (${most}) must be at most globalConcurrency (${all})`);
  }
}
