import { Module, type DynamicModule, type ModuleMetadata, type Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { MisuseError } from '../errors/misuse-error.js';
import { isPipelineClass, type AppPipelineClass } from './is-pipeline.js';
import { PipelineLifecycle } from './pipeline-lifecycle.js';

type Extras = Pick<ModuleMetadata, 'imports' | 'providers'>;

interface Made {
  readonly parts: ReadonlySet<unknown>;
  readonly module: DynamicModule;
}

/** Provides pipelines to the modules that import it. */
class PipelineFeature {}
Module({})(PipelineFeature);

/** By the first of their pipelines. Nest takes one object for one module, in each application anew. */
const made = new WeakMap<AppPipelineClass, Made[]>();

/** The module that provides these pipelines: one, however often it is asked for. */
export function featureModule(
  pipelines: readonly AppPipelineClass[],
  { imports = [], providers = [] }: Extras,
): DynamicModule {
  for (const one of pipelines) if (!isPipelineClass(one)) throw notAPipeline(one);
  const [first] = pipelines;
  if (first === undefined) return { module: PipelineFeature };
  const parts = new Set<unknown>([...pipelines, ...imports, ...providers]);
  const known = pipelines.flatMap((one) => made.get(one) ?? []).find((other) => sameParts(other.parts, parts));
  if (known) return known.module;
  const module: DynamicModule = {
    module: PipelineFeature,
    imports: [...imports],
    providers: [...(pipelines as unknown as Provider[]), ...providers, needsRoot],
    exports: [...(pipelines as unknown as Provider[])],
  };
  made.set(first, [...(made.get(first) ?? []), { parts, module }]);
  return module;
}

const sameParts = (some: ReadonlySet<unknown>, others: ReadonlySet<unknown>): boolean =>
  some.size === others.size && [...some].every((part) => others.has(part));

/** Without `forRoot` nothing would check, open or close them, and nobody would know. */
const needsRoot: Provider = {
  provide: Symbol('stepstream/nestjs needs forRoot'),
  useFactory: (modules: ModuleRef) => ({
    onModuleInit(): void {
      try {
        modules.get(PipelineLifecycle, { strict: false });
      } catch (cause) {
        throw new MisuseError({
          code: 'INVALID_PIPELINE_MODULE',
          message: 'This application imports PipelineModule.forFeature() without PipelineModule.forRoot().',
          remedy: 'Import PipelineModule.forRoot() in its root module.',
          cause,
        });
      }
    },
  }),
  inject: [ModuleRef],
};

const notAPipeline = (value: unknown): MisuseError =>
  new MisuseError({
    code: 'NOT_A_PIPELINE',
    message: `PipelineModule.forFeature() takes classes that extend Pipeline, got ${typeof value === 'function' ? value.name : String(value)}.`,
    remedy: 'Pass pipeline classes; two files that import one another may see an undefined one.',
  });
