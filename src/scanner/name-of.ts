import type { PipelineClass } from './pipeline-class.js';

/** The name of a class for messages and events; a class expression may have none. */
export const nameOf = (pipelineClass: PipelineClass): string => {
  // A static member `name` may hide the real one.
  const name: unknown = pipelineClass.name;
  return typeof name === 'string' && name !== '' ? name : 'AnonymousPipeline';
};
