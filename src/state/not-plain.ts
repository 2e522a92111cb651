import { DIRECTIVE } from '../../decorators/directive.js';
import { NotPlainDataError } from '../errors/not-plain-data-error.js';

/** Where a copy has got to: the objects above, and the key that is being read in each. */
export interface Place {
  readonly source: object;
  key: string | number;
  readonly depth: number;
  readonly up: Place | undefined;
}

/** The name of the value that is copied, or its path in the state. */
export type Where = string | readonly (string | number)[];

/** How many objects and arrays may be nested in one value. */
export const MAX_DEPTH = 1_000;

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const INDEX = /^(?:0|[1-9]\d*)$/;

const REMEDIES: Readonly<Record<string, string>> = {
  Date: 'Keep date.toISOString() or date.getTime().',
  Map: 'Keep Object.fromEntries(map), or an array of its entries.',
  Set: 'Keep an array: [...set].',
  RegExp: 'Keep its source as a string.',
  URL: 'Keep its href.',
  Error: 'Keep its message.',
  Promise: 'Await it first.',
  Generator: 'Read it to its end and keep the values.',
  AsyncGenerator: 'Read it to its end and keep the values.',
};

/** Builds the error for a value that JSON would lose or change. */
export function createNotPlainDataError(value: unknown, where: Where, place: Place | undefined): NotPlainDataError {
  return new NotPlainDataError(toPath(where, place), ...describe(value, place));
}

/** Builds the error for an object that contains itself, or for nesting without end. */
export function createNestingError(where: Where, place: Place, cycle: boolean): NotPlainDataError {
  return cycle
    ? new NotPlainDataError(toPath(where, place), 'an object that contains itself', 'Keep a key instead of the object.')
    : new NotPlainDataError(
        toPath(where, place, 5),
        `nested more than ${MAX_DEPTH} levels deep`,
        'Keep a flat array, and indexes instead of nested objects.',
      );
}

function describe(value: unknown, place: Place | undefined): [what: string, remedy: string] {
  switch (typeof value) {
    case 'number':
      return [String(value), 'Keep null or a string instead.'];
    case 'bigint':
      return ['a bigint', 'Keep String(value).'];
    case 'symbol':
      return ['a symbol', 'Keep a string.'];
    case 'function':
      return ['a function', 'Keep it in a field of the class, or keep what it returns.'];
    case 'undefined': {
      const hole = place !== undefined && !(place.key in place.source);
      return [hole ? 'a hole in an array' : 'undefined in an array', 'Use null, or leave the element out.'];
    }
    default:
      return describeInstance(value as object);
  }
}

function describeInstance(value: object): [what: string, remedy: string] {
  if (DIRECTIVE in value) return ['a directive', 'Return the directive itself, not inside other data.'];
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const name = nameOf(value) ?? tag;
  if (ArrayBuffer.isView(value) || tag === 'ArrayBuffer') {
    return [`${article(name)} ${name}`, 'Keep an array of numbers, or a base64 string.'];
  }
  const remedy = REMEDIES[tag] ?? REMEDIES[name];
  if (remedy !== undefined) return [`${article(name)} ${name}`, remedy];
  return [`an instance of ${name}`, 'Keep its fields in an object literal: { ...value }.'];
}

/** The name of an instance's class; a class may have shadowed it, or have none. */
function nameOf(value: object): string | undefined {
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : undefined;
}

function article(name: string): string {
  return /^[AEIO]/.test(name) ? 'an' : 'a';
}

/** Writes a place as code would: `state.users[3]["first name"]`; at most `most` keys if given. */
function toPath(where: Where, place: Place | undefined, most = Infinity): string {
  const keys: (string | number)[] = [];
  for (let at = place; at !== undefined; at = at.up) keys.push(at.key);
  const base = typeof where === 'string' ? where : `state${where.map(toAccess).join('')}`;
  const shown = keys.reverse().slice(0, most).map(toAccess).join('');
  return keys.length > most ? `${base}${shown}…` : `${base}${shown}`;
}

function toAccess(key: string | number): string {
  if (typeof key === 'number' || INDEX.test(key)) return `[${key}]`;
  return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
