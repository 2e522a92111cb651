import type { Middleware } from '../../decorators/middleware.js';
import type { MethodRecord } from '../../decorators/record.js';
import type { MemberBlueprint, StepBlueprint, StepKind } from './blueprint.js';

const KINDS: Readonly<Record<string, StepKind>> = {
  Step: 'step',
  Streaming: 'streaming',
  ForEach: 'each',
  Switch: 'switch',
  SubPipeline: 'sub',
};

/** Whether the decorator of a record makes steps. */
export const isStep = ({ decorator }: Pick<MethodRecord, 'decorator'>): boolean => Object.hasOwn(KINDS, decorator);

/** What a step's decorator says, each word where it has a type that can be read; the plan refuses the class for the others. */
export function stepOptions({ decorator, options }: MethodRecord): Omit<StepBlueprint, keyof MemberBlueprint> {
  const kind = KINDS[decorator];
  // Unchecked: what doesn't have its declared type is found by the plan, which refuses the class.
  const typed = options as Pick<StepBlueprint, 'retry' | 'timeout' | 'concurrency' | 'maxVisits' | 'answer' | 'meta'>;
  const { retry, timeout, concurrency, maxVisits, answer, meta } = typed;
  return {
    kind,
    each: kind === 'each' || (kind === 'sub' && options.each === true),
    to: namesIn(options.to),
    goto: namesIn(options.goto),
    cases: kind === 'switch' ? casesIn(options.cases) : undefined,
    otherwise: kind === 'switch' && isTarget(options.default) ? options.default : undefined,
    of: kind === 'sub' && typeof options.of === 'function' ? (options.of as () => unknown) : undefined,
    join: oneOf(options.join, 'all', 'any'),
    retry,
    timeout,
    onError: typeof options.onError === 'string' ? options.onError : undefined,
    onItemError: oneOf(options.onItemError, 'fail', 'skip', 'collect'),
    distributed: options.distributed === true ? true : undefined,
    concurrency,
    maxVisits,
    entry: options.entry === true,
    answer,
    middleware: Object.freeze(listOf(options.middleware) as Middleware[]),
    meta,
  };
}

const listOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? [...(value as unknown[])] : [value];

const namesIn = (value: unknown): readonly string[] =>
  Object.freeze(listOf(value).filter((name) => typeof name === 'string'));

const isTarget = (value: unknown): value is string | null => value === null || typeof value === 'string';

function casesIn(written: unknown): Readonly<Record<string, string | null>> {
  const cases = Object.create(null) as Record<string, string | null>;
  if (typeof written === 'object' && written !== null && !Array.isArray(written))
    for (const [key, target] of Object.entries(written)) if (isTarget(target)) cases[key] = target;
  return Object.freeze(cases);
}

const oneOf = <const Words extends string>(value: unknown, ...words: Words[]): Words | undefined =>
  words.find((word) => word === value);
