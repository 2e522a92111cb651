import type { EventType, RunEvent } from '../run/events.js';
import type { Checkpoint } from '../run/checkpoint.js';
import type { ConformancePipeline, EngineUnderTest } from './engine-under-test.js';

/** The engine of the package itself: runs in this process, one instance per class. */
export function inProcess(): EngineUnderTest {
  const instances = new Map<ConformancePipeline, InstanceType<ConformancePipeline>>();
  const instanceOf = (pipeline: ConformancePipeline): InstanceType<ConformancePipeline> => {
    const instance = instances.get(pipeline) ?? new pipeline();
    instances.set(pipeline, instance);
    return instance;
  };
  return {
    name: 'in process',
    capabilities: {
      backPressure: true,
      finallyBeforeNext: true,
      lazySources: true,
      errorIdentity: true,
      instanceHooks: true,
      observerErrors: true,
      instanceListeners: true,
      refusesLiveId: true,
      expiresAtResume: true,
      durable: false,
    },
    start: (pipeline, state, options) => instanceOf(pipeline).run(state, options),
    // As from a file: what can't be written as JSON is no checkpoint.
    resume: (pipeline, suspended, answers, options) =>
      instanceOf(pipeline).resume(
        JSON.parse(JSON.stringify('checkpoint' in suspended && suspended.checkpoint)) as Checkpoint,
        answers,
        options,
      ),
    listen(pipeline, type: EventType, listener: (event: RunEvent) => unknown) {
      const instance = instanceOf(pipeline).on(type, listener);
      return () => instance.off(type, listener);
    },
  };
}
