import { DIRECTIVE } from '../../decorators/directive.js';
import { createNestingError, createNotPlainDataError, MAX_DEPTH, type Place, type Where } from './not-plain.js';

/**
 * Checks that a value is plain data (what JSON keeps unchanged) and returns a copy of it, deeply frozen unless `freeze`
 * is false. `where` names the value in the NotPlainDataError that is thrown otherwise: `output` gives `output.user.born`.
 * Fields that are `undefined` are left out, as JSON does; `undefined` itself is allowed.
 */
export function toPlain<T>(value: T, where: string, freeze = true): T {
  return copyPlain(value, where, freeze) as T;
}

/** As `toPlain`, for what holds values that may themselves be nested as deep as they may be. */
export function toPlainAround<T extends object>(value: T, where: string, freeze: boolean): T {
  return copyObject(value, undefined, 1 - MAX_DEPTH, where, freeze) as T;
}

/** As `toPlain`, for a value that stands at a path of the state; its nesting counts from the top of the state. */
export function copyPlain(value: unknown, where: Where, freeze: boolean): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      if (value === null) return null;
      return copyObject(value, undefined, typeof where === 'string' ? 1 : where.length + 1, where, freeze);
    default:
      return copyNumber(value, where, undefined);
  }
}

/** Tells whether an object is a literal (of whichever realm), not an instance of a class; arrays are none. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // The Object.prototype of another realm (a vm context, as under Jest) is a prototype without one, with its methods.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

/** Tells whether an array is one of its realm's plain arrays: Array.prototype is an array itself, a subclass's isn't. */
export function isPlainArray(value: readonly unknown[]): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Array.prototype || Array.isArray(prototype);
}

/** Sets a field as data, also one named `__proto__`, which an assignment would take for the prototype. */
export function setField(target: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
}

function copyObject(source: object, up: Place | undefined, depth: number, where: Where, freeze: boolean): object {
  for (let above = up; above !== undefined; above = above.up) {
    if (above.source === source) throw createNestingError(where, up!, true);
  }
  const place: Place = { source, key: '', depth, up };
  if (depth > MAX_DEPTH) throw createNestingError(where, place, false);
  const copy = Array.isArray(source)
    ? copyArray(source, place, where, freeze)
    : copyFields(source, place, where, freeze);
  return freeze ? Object.freeze(copy) : copy;
}

function copyArray(source: readonly unknown[], place: Place, where: Where, freeze: boolean): unknown[] {
  if (!isPlainArray(source)) throw createNotPlainDataError(source, where, place.up);
  const copy: unknown[] = [];
  // The length is read each time: an element's getter may change it, and must not bring holes into the copy.
  for (let i = 0; i < source.length; i++) {
    const item = source[i];
    place.key = i;
    if (item === undefined) throw createNotPlainDataError(item, where, place);
    copy.push(copyMember(item, place, where, freeze));
  }
  return copy;
}

function copyFields(source: object, place: Place, where: Where, freeze: boolean): object {
  if (!isPlainObject(source) || DIRECTIVE in source) throw createNotPlainDataError(source, where, place.up);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(source)) {
    const field = (source as Record<string, unknown>)[key];
    if (field === undefined) continue;
    place.key = key;
    setField(copy, key, copyMember(field, place, where, freeze));
  }
  return copy;
}

function copyMember(value: unknown, place: Place, where: Where, freeze: boolean): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'object') return copyObject(value, place, place.depth + 1, where, freeze);
  return copyNumber(value, where, place);
}

function copyNumber(value: unknown, where: Where, place: Place | undefined): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw createNotPlainDataError(value, where, place);
  // JSON turns -0 into 0, so a checkpoint or an engine would: the value must be the same everywhere.
  return value + 0;
}
