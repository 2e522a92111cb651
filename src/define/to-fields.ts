import { MisuseError } from '../errors/misuse-error.js';

/** What the services of a definition made, if its instances can have it as fields; throws a `MisuseError` if not. */
export function toFields(name: string, prototype: object, made: unknown): object {
  if (typeof made !== 'object' || made === null || Array.isArray(made))
    throw invalid(name, `gave ${show(made)}`, OBJECT);
  if (typeof (made as { then?: unknown }).then === 'function') throw invalid(name, 'gave a promise', AT_ONCE);
  // A field hides the method of its name, and the run would call the field.
  const taken = Object.keys(made).find((field) => field in prototype && !(field in Object.prototype));
  if (taken !== undefined) throw invalid(name, `gave "${taken}", which is a method of it already`, RENAME);
  return made;
}

const OBJECT = 'Return an object of fields: services: (client) => ({ client }).';
const AT_ONCE = 'Return what the instance has at once; what takes time belongs into a hook under onStartup.';
const RENAME = 'Give the service another name.';

const show = (made: unknown): string =>
  made === null ? 'null' : Array.isArray(made) ? 'a list' : made === undefined ? 'nothing' : `a ${typeof made}`;

const invalid = (name: string, what: string, remedy: string): MisuseError =>
  new MisuseError({ code: 'INVALID_SERVICES', message: `The function services of ${name} ${what}.`, remedy });
