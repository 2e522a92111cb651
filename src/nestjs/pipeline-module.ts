import { Module, type DynamicModule, type ModuleMetadata, type Provider, type Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import { RunRegistry } from '../http/run-registry.js';
import { MisuseError } from '../errors/misuse-error.js';
import type { AppPipelineClass } from './is-pipeline.js';
import { featureModule } from './feature-module.js';
import { PipelineEvents } from './pipeline-events.js';
import { PipelineLifecycle } from './pipeline-lifecycle.js';
import {
  MODULE_OPTIONS,
  checkModuleOptions,
  type PipelineModuleAsyncOptions,
  type PipelineModuleOptions,
  type PipelineModuleScope,
  type PipelineOptionsFactory,
} from './pipeline-module-options.js';

/** What the pipelines of a module need besides it. */
export type PipelineFeatureOptions = Pick<ModuleMetadata, 'imports' | 'providers'>;

/**
 * Lets the pipelines among an application's providers live as long as it does: all are checked before it starts, opened
 * when it is up, drained and closed when it stops. Provides the `RunRegistry`.
 */
export class PipelineModule {
  /** Once in an application, in its root module. */
  static forRoot({ global, ...options }: PipelineModuleOptions & PipelineModuleScope = {}): DynamicModule {
    return create({ provide: MODULE_OPTIONS, useValue: checkModuleOptions(options) }, { global });
  }

  /** As `forRoot`, with options that other providers know. */
  static forRootAsync({ global, imports, ...rest }: PipelineModuleAsyncOptions): DynamicModule {
    const [provider, ...more] = toProviders(rest);
    return create(provider, { global, imports, providers: more });
  }

  /**
   * Provides pipelines, and exports them to the module that imports this one. They see the services that the modules in
   * `imports` export, and one another. The same list with the same options is one module, however often it is imported.
   */
  static forFeature(pipelines: readonly AppPipelineClass[], options: PipelineFeatureOptions = {}): DynamicModule {
    return featureModule(pipelines, options);
  }
}
// Not written as a decorator: it is to be compiled in either dialect.
Module({})(PipelineModule);

function create(
  options: Provider,
  { global = true, imports = [], providers = [] }: PipelineModuleScope & PipelineFeatureOptions,
): DynamicModule {
  return {
    module: PipelineModule,
    global,
    imports: [DiscoveryModule, ...imports],
    providers: [
      options,
      ...providers,
      { provide: PipelineEvents, useFactory: () => new PipelineEvents() },
      {
        provide: RunRegistry,
        useFactory: ({ registry }: PipelineModuleOptions) => new RunRegistry(registry),
        inject: [MODULE_OPTIONS],
      },
      {
        provide: PipelineLifecycle,
        useFactory: (
          options: PipelineModuleOptions,
          discovery: DiscoveryService,
          scanner: MetadataScanner,
          events: PipelineEvents,
          runs: RunRegistry,
        ) => new PipelineLifecycle({ options, discovery, scanner, events, runs }),
        inject: [MODULE_OPTIONS, DiscoveryService, MetadataScanner, PipelineEvents, RunRegistry],
      },
    ],
    exports: [RunRegistry, PipelineEvents],
  };
}

function toProviders({
  inject = [],
  useFactory,
  useClass,
  useExisting,
}: Pick<PipelineModuleAsyncOptions, 'inject' | 'useFactory' | 'useClass' | 'useExisting'>): readonly [
  Provider,
  ...Provider[],
] {
  if (useFactory)
    return [
      {
        provide: MODULE_OPTIONS,
        useFactory: async (...args: unknown[]) => checkModuleOptions(await useFactory(...args)),
        inject,
      },
    ];
  const token = useExisting ?? useClass;
  if (token === undefined) throw withoutOptions();
  const options: Provider = {
    provide: MODULE_OPTIONS,
    useFactory: async (factory: PipelineOptionsFactory) => checkModuleOptions(await factory.createPipelineOptions()),
    inject: [token],
  };
  return useExisting === undefined ? [options, useClass as Type] : [options];
}

const withoutOptions = (): MisuseError =>
  new MisuseError({
    code: 'INVALID_PIPELINE_MODULE',
    message: 'PipelineModule.forRootAsync() was not told where its options are.',
    remedy: 'Give it useFactory, useClass or useExisting.',
  });
