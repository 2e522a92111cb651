import { recordsOf } from '../../decorators/record.js';
import { planOf } from '../plan/plan-of.js';
import { listNames } from '../plan/problems/list-names.js';
import { nearestName } from '../plan/problems/nearest-name.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import type { LoadedFile } from './load-file.js';
import { chainOf, isRoot } from './pipeline-root.js';
import { UsageError } from './usage-error.js';

/** A pipeline that a file exports: its class, an instance of it, or both. */
export interface FoundPipeline {
  /** Under which it is exported; the name of its class if that is `default`. */
  readonly name: string;
  readonly pipelineClass: PipelineClass;
  readonly instance?: object;
}

/** The pipelines that a file exports, each class once, or the one that was named; throws a `UsageError` if there is none. */
export function findPipelines(file: LoadedFile, named?: string): readonly FoundPipeline[] {
  const all = merge(entriesOf(file.exports).flatMap(toFound));
  if (all.length === 0) {
    throw new UsageError(
      `${file.name} exports no pipeline. Export a class that extends Pipeline, or one that definePipeline() has made.`,
    );
  }
  if (named === undefined) return all.filter((found) => !isOnlyBase(found, all));
  const one = all.filter((found) => namesOf(found).includes(named));
  if (one.length > 0) return one;
  const names = all.map(({ name }) => name);
  const nearest = nearestName(named, names);
  const hint = nearest === undefined ? `It has ${listNames(names)}.` : `Did you mean "${nearest}"?`;
  throw new UsageError(`${file.name} exports no pipeline "${named}". ${hint}`);
}

/** What a CommonJS file exports is also found under `default`, or there alone. */
function entriesOf(exports: Readonly<Record<string, unknown>>): readonly (readonly [name: string, value: unknown])[] {
  const { default: main, ...named } = exports;
  const own = Object.entries(named);
  const inner = typeof main === 'object' && main !== null && !isPipeline(classOf(main)) ? Object.entries(main) : [];
  return [...own, ...inner, ['default', main]];
}

function toFound([key, value]: readonly [string, unknown]): FoundPipeline[] {
  const pipelineClass = classOf(value);
  if (!isPipeline(pipelineClass)) return [];
  const name = key === 'default' ? pipelineClass.name : key;
  return [{ name, pipelineClass, ...(typeof value === 'object' && { instance: value as object }) }];
}

/** A class that is exported twice is one pipeline; so is a class with its instance. */
function merge(all: readonly FoundPipeline[]): FoundPipeline[] {
  const found = new Map<PipelineClass, FoundPipeline>();
  for (const one of all) found.set(one.pipelineClass, { ...one, ...found.get(one.pipelineClass) });
  return [...found.values()];
}

function classOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return (Object.getPrototypeOf(value) as { constructor?: unknown } | null)?.constructor;
}

function isPipeline(value: unknown): value is PipelineClass {
  if (typeof value !== 'function' || typeof value.prototype !== 'object' || isRoot(value)) return false;
  const chain = chainOf(value);
  return chain.some(isRoot) || chain.some((one) => recordsOf(one).length > 0);
}

const namesOf = ({ name, pipelineClass }: FoundPipeline): readonly unknown[] => [
  name,
  pipelineClass.name,
  (pipelineClass as { readonly pipeline?: { readonly name?: unknown } }).pipeline?.name,
];

/** Whether it is there for others to extend: an abstract class has no sign but that it can't run by itself. */
function isOnlyBase({ pipelineClass }: FoundPipeline, all: readonly FoundPipeline[]): boolean {
  if (!all.some((other) => other.pipelineClass.prototype instanceof pipelineClass)) return false;
  try {
    planOf(pipelineClass);
    return false;
  } catch {
    return true;
  }
}
