import 'reflect-metadata';

/** What one decorator wrote about one method. Decorators never judge: the plan reports what is wrong. */
export interface MethodRecord {
  readonly decorator:
    'Step' | 'Streaming' | 'ForEach' | 'Switch' | 'SubPipeline' | 'OnStartup' | 'OnShutdown' | 'OnError';
  readonly method: string | symbol;
  /** Where the decorator sits; only `method` can run. */
  readonly placement: 'method' | 'static' | 'private' | 'other';
  /** The function as the decorator found it, before any decorator above replaced it. */
  readonly body: unknown;
  /** Reads the method from an instance; `#private` hooks can't be read by name. */
  readonly read: (instance: object) => unknown;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Versioned and global, so that two loaded copies of the package read each other's records. */
const RECORDS = Symbol.for('stepstream/records@1');

// Standard decorators write to `context.metadata`, which exists only if the symbol did before the class was made.
const symbols = Symbol as { metadata?: symbol };
symbols.metadata ??= Symbol.for('Symbol.metadata');

const { defineMetadata, getOwnMetadata } = Reflect;

/** The part of a standard decorator context that is read here. */
interface StandardContext {
  readonly kind: string;
  readonly name: string | symbol;
  readonly static: boolean;
  readonly private: boolean;
  readonly access: { get(instance: object): unknown };
  readonly metadata: object;
}

const isStandard = (value: unknown): value is StandardContext => typeof value === 'object' && value !== null;

/** Writes what a decorator says. The only place that asks which decorator dialect the class was compiled in. */
export function record(
  decorator: MethodRecord['decorator'],
  options: object | undefined,
  target: unknown,
  nameOrContext: unknown,
  descriptor: unknown,
): void {
  const base = { decorator, options: Object.freeze({ ...options }) };
  if (isStandard(nameOrContext)) append(nameOrContext.metadata, { ...base, ...fromStandard(nameOrContext, target) });
  else append(ownerOf(target), { ...base, ...fromLegacy(target, nameOrContext, descriptor) });
}

/** What the decorators of this very class wrote, in their order; parents have their own. */
export function recordsOf(pipelineClass: object): readonly MethodRecord[] {
  const metadata = Object.getOwnPropertyDescriptor(pipelineClass, symbols.metadata!)?.value as object | undefined;
  return [...read(pipelineClass), ...(metadata ? read(metadata) : [])];
}

const read = (owner: object): readonly MethodRecord[] =>
  (getOwnMetadata(RECORDS, owner) as readonly MethodRecord[] | undefined) ?? [];

/** Replaces the list instead of pushing into it: nobody else's list may change. */
const append = (owner: object, record: MethodRecord): void =>
  defineMetadata(RECORDS, Object.freeze([...read(owner), Object.freeze(record)]), owner);

type Place = Pick<MethodRecord, 'method' | 'placement' | 'body' | 'read'>;

function fromStandard(context: StandardContext, body: unknown): Place {
  const placement =
    context.kind !== 'method' ? 'other' : context.static ? 'static' : context.private ? 'private' : 'method';
  const read = context.private ? (instance: object) => context.access.get(instance) : byName(context.name);
  return { method: context.name, placement, body, read };
}

function fromLegacy(target: unknown, name: unknown, descriptor: unknown): Place {
  // On a class, and on a parameter of its constructor, there is no name but that of the class.
  const method = (name ?? (target as { name: string }).name) as string | symbol;
  const body = (descriptor as PropertyDescriptor | undefined)?.value as unknown;
  const placement = typeof body !== 'function' ? 'other' : typeof target === 'function' ? 'static' : 'method';
  return { method, placement, body, read: byName(method) };
}

const byName = (name: string | symbol) => (instance: object) => (instance as Record<string | symbol, unknown>)[name];

const ownerOf = (target: unknown): object =>
  typeof target === 'function' ? target : (target as { constructor: object }).constructor;
