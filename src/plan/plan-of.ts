import { classOf } from '../scanner/class-of.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import { compile } from './compile.js';
import type { Plan } from './plan.js';

/** The checked plan of a pipeline class, or of an instance: its steps, edges, hooks and fingerprint. Throws `BlueprintError`. */
export const planOf = (classOrInstance: PipelineClass | object): Plan => compile(classOf(classOrInstance)).plan;
