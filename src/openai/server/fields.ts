import { ChatRequestError } from './chat-request-error.js';

/** The fields of one JSON object, read one by one; what is wrong is refused in OpenAI's words. */
export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    this.#path = path === '' ? '' : `${path}.`;
    if (!isObject(value)) throw wrongType(path, 'an object', value);
    this.#fields = value;
  }

  /** The value, if the object itself has it and it isn't `null`. */
  get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined;
  }

  /** Where the field is, for a refusal. */
  pathOf(name: string): string {
    return `${this.#path}${name}`;
  }

  string(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    throw wrongType(this.pathOf(name), 'a string', value);
  }

  boolean(name: string): boolean | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw wrongType(this.pathOf(name), 'a boolean', value);
  }

  decimal(name: string, least: number, most: number): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number') throw wrongType(this.pathOf(name), 'a decimal', value);
    if (value < least) throw outOfBounds(this.pathOf(name), 'decimal', 'below', least, value);
    if (value > most) throw outOfBounds(this.pathOf(name), 'decimal', 'above', most, value);
    return value;
  }

  integer(name: string, least = -Infinity): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (!Number.isInteger(value)) throw wrongType(this.pathOf(name), 'an integer', value);
    if ((value as number) < least) throw outOfBounds(this.pathOf(name), 'integer', 'below', least, value as number);
    return value as number;
  }

  object(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.get(name);
    if (value === undefined || isObject(value)) return value;
    throw wrongType(this.pathOf(name), 'an object', value);
  }

  array(name: string): readonly unknown[] | undefined {
    const value = this.get(name);
    if (value === undefined || Array.isArray(value)) return value;
    throw wrongType(this.pathOf(name), 'an array', value);
  }

  strings(name: string): readonly string[] | undefined {
    return this.array(name)?.map((value, index) => {
      if (typeof value === 'string') return value;
      throw wrongType(`${this.pathOf(name)}[${index}]`, 'a string', value);
    });
  }
}

/** A value of another type than expected. */
export const wrongType = (param: string, expected: string, value: unknown): ChatRequestError =>
  new ChatRequestError({
    message: `Invalid type${param === '' ? '' : ` for '${param}'`}: expected ${expected}, but got ${typeName(value)} instead.`,
    param: param === '' ? null : param,
    code: 'invalid_type',
  });

/** A field without which nothing can be done. */
export const missing = (param: string): ChatRequestError =>
  new ChatRequestError({
    message: `Missing required parameter: '${param}'.`,
    param,
    code: 'missing_required_parameter',
  });

function outOfBounds(param: string, kind: string, side: 'below' | 'above', bound: number, value: number) {
  const [limit, sign, word] = side === 'below' ? ['minimum', '>=', 'min'] : ['maximum', '<=', 'max'];
  return new ChatRequestError({
    message: `Invalid '${param}': ${kind} ${side} ${limit} value. Expected a value ${sign} ${bound}, but got ${value} instead.`,
    param,
    code: `${kind}_${side}_${word}_value`,
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return `a ${typeof value}`;
}
