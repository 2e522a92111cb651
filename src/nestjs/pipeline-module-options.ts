import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Type } from '@nestjs/common';
import { MisuseError } from '../errors/misuse-error.js';
import type { RunEngine } from '../ports/run-engine.js';
import type { RegistryOptions } from '../http/run-registry.js';

/** How an application has its pipelines. */
export interface PipelineModuleOptions {
  /** How the `RunRegistry` keeps its runs. */
  readonly registry?: RegistryOptions;
  /** Milliseconds for which a shutdown waits for runs before it cancels them. 25,000 by default. */
  readonly drainTimeout?: number;
  /** Whether pipelines are held open while the application is up, so that their startup hooks run once. `true` by default. */
  readonly open?: boolean;
  /** What executes the runs: `dbos()` of `stepstream/engine/dbos`. This process by default. */
  readonly engine?: RunEngine;
}

/** Whether every module of the application sees the `RunRegistry`. */
export interface PipelineModuleScope {
  /** `true` by default; else a module that wants it imports this one. */
  readonly global?: boolean;
}

/** A provider that says how an application has its pipelines. */
export interface PipelineOptionsFactory {
  createPipelineOptions(): PipelineModuleOptions | Promise<PipelineModuleOptions>;
}

/** How an application has its pipelines, where other providers know that: one of the three `use…`. */
export interface PipelineModuleAsyncOptions extends PipelineModuleScope, Pick<ModuleMetadata, 'imports'> {
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever `inject` names
  readonly useFactory?: (...args: any[]) => PipelineModuleOptions | Promise<PipelineModuleOptions>;
  readonly useClass?: Type<PipelineOptionsFactory>;
  readonly useExisting?: InjectionToken<PipelineOptionsFactory>;
}

/** The token of the options, checked. */
export const MODULE_OPTIONS: unique symbol = Symbol('stepstream/nestjs options');

/** Throws a `MisuseError` for options that an application can't be stopped by. */
export function checkModuleOptions(options: PipelineModuleOptions): PipelineModuleOptions {
  // What a factory returns is not always what its type says.
  if (typeof options !== 'object' || options === null) throw refuse('its options must be an object');
  const { drainTimeout = 0, open = true, engine } = options;
  // What is longer than 31 bits would be over at once.
  if (!(typeof drainTimeout === 'number' && drainTimeout >= 0 && drainTimeout < 2 ** 31))
    throw refuse('the option drainTimeout must be milliseconds');
  if (typeof open !== 'boolean') throw refuse('the option open must be true or false');
  if (engine !== undefined && typeof (engine as Partial<RunEngine> | null)?.has !== 'function')
    throw refuse('the option engine must be an engine, such as dbos() of stepstream/engine/dbos');
  return options;
}

const refuse = (what: string): MisuseError =>
  new MisuseError({
    code: 'INVALID_PIPELINE_MODULE',
    message: `PipelineModule: ${what}.`,
    remedy: 'Mend the option.',
  });
