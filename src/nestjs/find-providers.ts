import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { isPipeline, isPipelineClass, type AppPipeline, type AppPipelineClass } from './is-pipeline.js';
import { listeningsOf, type Listening } from './on-pipeline-event.js';

/** What Nest knows of one provider or controller. */
export type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A pipeline that a provider is, or will be for each request. */
export interface FoundPipeline {
  readonly wrapper: Wrapper;
  readonly token: unknown;
  /** Undefined for what a factory makes for each request: nobody knows it before. */
  readonly pipelineClass: AppPipelineClass | undefined;
  /** Those that live as long as the application. */
  readonly instances: readonly AppPipeline[];
}

/** A method that was decorated with `@OnPipelineEvent`. */
export interface FoundListener {
  readonly listening: Listening;
  /** `Audit.onToken` */
  readonly name: string;
  /** Undefined for a provider that lives as long as a request. */
  readonly owner: object | undefined;
  readonly method: string;
}

/** All pipelines that are providers of an application, in whatever module. */
export const findPipelines = (discovery: DiscoveryService): FoundPipeline[] =>
  discovery.getProviders().flatMap((wrapper) => {
    const instances = instancesOf(wrapper).filter(isPipeline);
    const made = instances.length > 0 ? (Object.getPrototypeOf(instances[0]) as object).constructor : undefined;
    const pipelineClass = wrapper.isNotMetatype ? made : (made ?? wrapper.metatype);
    if (instances.length === 0 && !isPipelineClass(pipelineClass)) return [];
    const found = isPipelineClass(pipelineClass) ? pipelineClass : undefined;
    return [{ wrapper, token: wrapper.token, pipelineClass: found, instances }];
  });

/** All methods of providers and controllers that listen to pipelines. */
export const findListeners = (discovery: DiscoveryService, scanner: MetadataScanner): FoundListener[] =>
  [...discovery.getProviders(), ...discovery.getControllers()].flatMap((wrapper) => {
    const owners = instancesOf(wrapper);
    const prototype = prototypeOf(wrapper, owners);
    if (prototype === undefined) return [];
    return scanner.getAllMethodNames(prototype).flatMap((method) =>
      listeningsOf((prototype as Record<string, object>)[method]).flatMap((listening) => {
        const name = `${prototype.constructor.name}.${method}`;
        // Of a transient provider that nobody has asked for there is none, and so none that could listen.
        const all = wrapper.isDependencyTreeStatic() ? owners : [undefined];
        return all.map((owner) => ({ listening, name, owner, method }));
      }),
    );
  });

/** Those objects of a provider that live as long as the application. */
function instancesOf(wrapper: Wrapper): object[] {
  if (!wrapper.isDependencyTreeStatic()) return [];
  // The instance of a transient provider is only what its instances are made from.
  const all: unknown[] = wrapper.isTransient
    ? wrapper.getStaticTransientInstances().map((host) => host?.instance as unknown)
    : [wrapper.instance];
  return all.filter((one): one is object => typeof one === 'object' && one !== null);
}

function prototypeOf(wrapper: Wrapper, [owner]: readonly object[]): object | undefined {
  if (owner !== undefined) return (Object.getPrototypeOf(owner) as object | null) ?? undefined;
  if (wrapper.isNotMetatype || typeof wrapper.metatype !== 'function') return undefined;
  return wrapper.metatype.prototype as object | undefined;
}
