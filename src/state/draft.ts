/** What a field may hold to be copied at once: below this an own copy is cheaper than the accessor that delays it. */
const SMALL = 16;
/** So many keys have their accessors kept; a state whose top-level keys are data themselves must not fill the memory. */
const MAX_KEPT = 4_096;

/** Where console.log asks an object how it wants to be shown, and where a draft keeps its hidden part. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Makes the object that a body sees as `state`: an ordinary object whose fields are copied from `base` when they are
 * first touched. `base` is never written, whatever is done to the draft and its parts.
 */
export function openDraft<S extends object>(base: S): S {
  const draft: Record<string, unknown> = {};
  let lazy = false;
  for (const key of Object.keys(base)) {
    const value = (base as Record<string, unknown>)[key];
    const copy = typeof value === 'object' && value !== null ? copySmall(value) : value;
    if (copy === undefined) {
      lazy = true;
      Object.defineProperty(draft, key, accessorOf(key));
    } else if (key === '__proto__') {
      Object.defineProperty(draft, key, { value: copy, writable: true, enumerable: true, configurable: true });
    } else {
      draft[key] = copy;
    }
  }
  if (lazy) Object.defineProperty(draft, INSPECT, { value: createSlot(base), writable: true, configurable: true });
  return draft as S;
}

/** Reads of the draft give the untouched fields of its base themselves while `on`, so that a diff copies nothing. */
export function peekDraft(draft: object, on: boolean): void {
  const slot = (draft as Lazy)[INSPECT];
  if (typeof slot === 'function') Slot.peek(slot, on);
}

/** A draft with accessors, or an object that stands before one: a proxy, or one that inherits from it. */
interface Lazy {
  readonly [INSPECT]?: Slot;
}

class Stamped {
  /** Returning an object makes the fields of the subclass land on it: private ones, which nothing else can see. */
  constructor(target: object) {
    return target;
  }
}

/** The hidden part of a draft. */
class Slot extends Stamped {
  readonly #base: Readonly<Record<string, unknown>>;
  #touched: Map<string, unknown> | undefined;
  #peeking = false;

  constructor(target: object, base: object) {
    super(target);
    this.#base = base as Readonly<Record<string, unknown>>;
  }

  static peek(slot: Slot, on: boolean): void {
    if (#base in slot) slot.#peeking = on;
  }

  static read(slot: Slot, key: string): unknown {
    const touched = slot.#touched;
    const known = touched?.get(key);
    if (known !== undefined || touched?.has(key) === true) return known;
    const value = slot.#base[key];
    if (slot.#peeking) return value;
    const copy = copyDeep(value);
    Slot.write(slot, key, copy);
    return copy;
  }

  static write(slot: Slot, key: string, value: unknown): void {
    (slot.#touched ??= new Map()).set(key, value);
  }
}

/**
 * The hidden part is stamped on the function that shows a draft's values in console.log, which would by itself show
 * `[Getter/Setter]`: so a draft has one hidden property, and it is found through proxies too.
 */
function createSlot(base: object): Slot {
  return new Slot(function inspect(this: object): object {
    return { ...this };
  }, base);
}

const accessors = new Map<string, PropertyDescriptor>();

/** One pair of functions per key for all drafts: no closure per field, and V8 keeps drafts of one shape in one map. */
function accessorOf(key: string): PropertyDescriptor {
  let accessor = accessors.get(key);
  if (accessor !== undefined) return accessor;
  accessor = {
    get(this: Required<Lazy>): unknown {
      return Slot.read(this[INSPECT], key);
    },
    set(this: Required<Lazy>, value: unknown): void {
      // An object that inherits from a draft gets a field of its own, as from any object.
      if (Object.hasOwn(this, INSPECT)) Slot.write(this[INSPECT], key, value);
      else Object.defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true });
    },
    enumerable: true,
    configurable: true,
  };
  if (accessors.size < MAX_KEPT) accessors.set(key, accessor);
  return accessor;
}

/** Copies a short array or object of primitives; undefined if it is longer or nested. */
function copySmall(value: object): object | undefined {
  if (Array.isArray(value)) {
    if (value.length > SMALL) return undefined;
    for (const item of value as unknown[]) if (typeof item === 'object' && item !== null) return undefined;
    return (value as unknown[]).slice();
  }
  let count = 0;
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (++count > SMALL || (typeof field === 'object' && field !== null)) return undefined;
  }
  return { ...value };
}

/** Copies what is known to be plain: a spread keeps V8's shape of the object, then its parts are replaced by copies. */
function copyDeep(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const copy: unknown[] = value.slice();
    for (let i = 0; i < copy.length; i++) copy[i] = copyDeep(copy[i]);
    return copy;
  }
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) {
    const field = copy[key];
    // An own field, also if it is named `__proto__`; never one that somebody has added to Object.prototype.
    if (typeof field === 'object' && field !== null && Object.hasOwn(copy, key)) copy[key] = copyDeep(field);
  }
  return copy;
}
