import type { Form } from './blueprint.js';

/** A method as the decorator found it (`body`) and as the class has it now (`final`). */
export interface Method {
  readonly name: string | symbol;
  readonly body: unknown;
  readonly final: unknown;
  /** Whether a subclass has put its own method above the decorated one, whose body then says nothing any more. */
  readonly overridden: boolean;
}

/** Tells by syntax alone what calling a method will give; `unknown` where another decorator may have wrapped it. */
export function detectForm({ name, body, final, overridden }: Method): Form {
  const functions = overridden ? [final] : [final, body];
  if (functions.some(isAsyncGenerator)) return 'async-generator';
  if (functions.some((value) => tagOf(value) === 'GeneratorFunction')) return 'generator';
  if (tagOf(final) === 'AsyncFunction') return 'plain';
  return (overridden || final === body) && isMethod(final, name) ? 'plain' : 'unknown';
}

/** `Object.prototype.toString` also knows functions of another realm. */
const tagOf = (value: unknown): string =>
  typeof value === 'function' ? Object.prototype.toString.call(value).slice(8, -1) : '';

const isAsyncGenerator = (value: unknown): boolean =>
  tagOf(value) === 'AsyncGeneratorFunction' || (typeof value === 'function' && LOWERED.test(sourceOf(value)));

/**
 * What compilers make of an async generator for targets below ES2018: a method that does nothing but return the call of
 * a helper (TypeScript and esbuild `__asyncGenerator`, Babel and SWC `wrapAsyncGenerator`), where TypeScript may first
 * bind `super`. Anchored, so that a plain method which merely contains such a function stays plain.
 */
const LOWERED =
  /^[^{]*\{\s*(?:(?:var|const|let)\s+_super = Object\.create\(null, \{[\s\S]*?\}\);\s*)?return\s+(?:[\w$]+\.)?(?:__asyncGenerator|_wrap_?[aA]sync_?[gG]enerator)\(/;

const sourceOf = (value: unknown): string => Function.prototype.toString.call(value);

/** A method written in a class has no own `prototype` and bears its name; a wrapper usually has one or lacks the other. */
const isMethod = (value: unknown, name: string | symbol): boolean =>
  typeof value === 'function' &&
  !Object.hasOwn(value, 'prototype') &&
  value.name === (typeof name === 'symbol' ? `[${name.description ?? ''}]` : name);
