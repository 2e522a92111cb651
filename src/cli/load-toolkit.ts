import { createRequire } from 'node:module';
import { Pipeline, planOf, toMermaid } from '../index.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import type { LoadedFile } from './load-file.js';

// By name: a namespace object would keep all of the core in every bundle that shares a chunk with this.
const own = { Pipeline, planOf, toMermaid };

/** What a command does with a pipeline; that of the copy of stepstream that the pipeline's file has loaded. */
export type Toolkit = typeof own;

/**
 * The copy of stepstream that a class was made with, as a module or as CommonJS. Copies understand one another, so that
 * any one will do where that copy can't be found: the file may be a bundle that holds it.
 */
export async function loadToolkit(file: LoadedFile, pipelineClass: PipelineClass): Promise<Toolkit> {
  if (pipelineClass.prototype instanceof own.Pipeline) return own;
  const loaders = [() => file.importAs('stepstream'), async () => createRequire(file.path)('stepstream') as unknown];
  for (const load of loaders) {
    const toolkit = (await load().catch(() => undefined)) as Toolkit | undefined;
    if (toolkit !== undefined && pipelineClass.prototype instanceof toolkit.Pipeline) return toolkit;
  }
  return own;
}
