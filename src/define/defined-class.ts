import type { Method } from '../../decorators/outputs.js';
import type { Pipeline } from '../pipeline.js';
import type { PipelineOptions } from '../scanner/pipeline-options.js';
import type { BodyKey } from './definition.js';

/** The state that the types of a definition name. */
export type StateIn<Types> = Types extends { readonly state: infer State extends object }
  ? State
  : Record<string, unknown>;
/** The caller's context that the types of a definition name. */
export type ContextIn<Types> = Types extends { readonly context: infer Context } ? Context : unknown;

/** The method of a step: a function alone, or what stands under the name of its kind. */
export type BodyOf<Step> = Step extends Method ? Step : Extract<Step[BodyKey & keyof Step], Method>;

type Bodies<Steps> = string extends keyof Steps ? unknown : { readonly [Name in keyof Steps]: BodyOf<Steps[Name]> };
type Named<Handlers> = string extends keyof Handlers ? unknown : Handlers;

/** What `this` is in the methods of a definition: the pipeline, with its services as fields. */
export type Self<Types, Services> = Pipeline<StateIn<Types>, ContextIn<Types>> & Services;

/** An instance of a defined pipeline: as that of a class with these methods and fields. */
export type DefinedPipeline<Types, Services, Steps, Handlers> = Self<Types, Services> & Bodies<Steps> & Named<Handlers>;

/** The class that `definePipeline` makes; its constructor takes what the function `services` takes. */
export interface DefinedClass<Args extends readonly unknown[], Instance> {
  new (...args: unknown[] extends Args ? [] : Args): Instance;
  readonly pipeline: PipelineOptions;
}
