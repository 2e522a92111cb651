import type { PipelineOptions } from '../scanner/pipeline-options.js';
import type { CheckHandlers, CheckHooks, CheckServices, CheckSteps } from './check-definition.js';
import { createClass } from './create-class.js';
import type { ContextIn, DefinedClass, DefinedPipeline, Self, StateIn } from './defined-class.js';
import type { DefinedTypes, HandlerShapes, HookShapes, StepShapes } from './definition.js';
import { recordMembers } from './record-members.js';

/** What `definePipeline` makes a class of: what `static pipeline` says, the steps, and what else a class has. */
export interface PipelineDefinition<
  Types,
  Args extends readonly unknown[],
  Services,
  Steps,
  Startup,
  Shutdown,
  Handlers,
> extends Omit<PipelineOptions<StateIn<Types>>, 'name'> {
  /** The name in events, messages and whatever is stored. */
  readonly name: string;
  /** Types only, never read: `{} as { state: Conversation; context: Tenant }`. */
  readonly types?: Types;
  /** Makes the fields of an instance, as a constructor does: called by `new` with its arguments. */
  readonly services?: (...args: Args) => Services & CheckServices<Services, Steps>;
  /** The steps by name. */
  readonly steps: Steps & NoInfer<CheckSteps<DefinedPipeline<Types, Services, Steps, Handlers>, Steps, Handlers>>;
  /** As under `@OnStartup`, by name. */
  readonly onStartup?: Startup & NoInfer<CheckHooks<Self<Types, Services>, Steps, Startup>>;
  /** As under `@OnShutdown`, by name. */
  readonly onShutdown?: Shutdown & NoInfer<CheckHooks<Self<Types, Services>, Steps, Shutdown>>;
  /** As under `@OnError`, by name: those that steps name, and one that sees all other failures. */
  readonly onError?: Handlers &
    NoInfer<CheckHandlers<DefinedPipeline<Types, Services, Steps, Handlers>, Steps, Handlers>>;
}

/**
 * Makes a pipeline class without decorators, for plain JavaScript and `node app.mjs`: the same plan, runs and types as the
 * class with these methods would have. Each step says by the name of its method what it is.
 *
 * ```js
 * const Chatbot = definePipeline({
 *   name: 'chatbot',
 *   services: (client) => ({ client }),
 *   steps: {
 *     start: { to: 'respond', step({ state }) { return state.prompt.trim(); } },
 *     respond: { async *streaming({ input, signal }) { yield* this.client.stream(input, { signal }); } },
 *   },
 * });
 * const run = new Chatbot(client).run({ prompt: 'Why?' });
 * ```
 *
 * It never throws: what the compiler can't see is listed by the `BlueprintError` of the first `run`.
 */
export function definePipeline<
  const Types extends DefinedTypes,
  Args extends readonly unknown[],
  Services extends object,
  const Steps extends StepShapes<StateIn<Types>, ContextIn<Types>>,
  const Startup extends HookShapes<StateIn<Types>, ContextIn<Types>>,
  const Shutdown extends HookShapes<StateIn<Types>, ContextIn<Types>>,
  Handlers extends HandlerShapes<StateIn<Types>, ContextIn<Types>>,
>(
  definition: PipelineDefinition<Types, Args, Services, Steps, Startup, Shutdown, Handlers> &
    ThisType<Self<Types, Services>>,
): DefinedClass<Args, DefinedPipeline<Types, Services, Steps, Handlers>> {
  const { types: _, services, steps, onStartup, onShutdown, onError, ...options } = definition;
  const defined = createClass(options, services);
  recordMembers(defined, { steps, onStartup, onShutdown, onError });
  return defined as unknown as DefinedClass<Args, DefinedPipeline<Types, Services, Steps, Handlers>>;
}
