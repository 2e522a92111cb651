import { Pipeline } from '../pipeline.js';
import type { PipelineClass } from '../scanner/pipeline-class.js';
import { toFields } from './to-fields.js';

type Services = ((...args: never[]) => unknown) | undefined;

/** Makes an empty pipeline class that bears the name of its definition, and whose instances have its services as fields. */
export function createClass(options: { readonly name?: unknown }, services: Services): PipelineClass {
  const name = typeof options.name === 'string' ? options.name : '';
  // By its key the class gets its name, which stands in messages.
  const { [name]: defined } = {
    [name]: class extends Pipeline<object> {
      constructor(...args: never[]) {
        super();
        if (!services) return;
        Object.assign(this, toFields(name, defined.prototype, Reflect.apply(services, undefined, args)));
      }
    },
  };
  Object.defineProperty(defined, 'pipeline', { value: Object.freeze({ ...options }), enumerable: true });
  return defined;
}
