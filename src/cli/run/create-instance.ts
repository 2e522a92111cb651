import type { Pipeline } from '../../pipeline.js';
import type { FoundPipeline } from '../find-pipelines.js';
import { oneLine } from '../one-line.js';
import { chainOf } from '../pipeline-root.js';
import { UsageError } from '../usage-error.js';

/** The exported instance of a pipeline, or a new one; throws a `UsageError` if it needs what nobody can know here. */
export function createInstance({ name, pipelineClass, instance }: FoundPipeline): Pipeline<object> {
  const created = instance ?? construct(name, pipelineClass as new () => object);
  if (typeof (created as Partial<Pipeline<object>>).run === 'function') return created as Pipeline<object>;
  throw new UsageError(`${name} can't be run: it doesn't extend Pipeline.`);
}

function construct(name: string, pipelineClass: new () => object): object {
  const remedy = `Export one that is made: export const pipeline = new ${name}(…).`;
  const needed = parametersOf(pipelineClass);
  if (needed > 0)
    throw new UsageError(`${name} needs ${needed} constructor ${needed === 1 ? 'argument' : 'arguments'}. ${remedy}`);
  try {
    return new pipelineClass();
  } catch (error) {
    throw new UsageError(`new ${name}() has failed: ${oneLine(error)}. ${remedy}`);
  }
}

/** How many parameters without a default the constructor has; a class without one has that of the class it extends. */
function parametersOf(pipelineClass: object): number {
  const declares = (one: object): boolean => /\bconstructor\s*\(/.test(Function.prototype.toString.call(one));
  return (chainOf(pipelineClass).find(declares) as { readonly length: number } | undefined)?.length ?? 0;
}
