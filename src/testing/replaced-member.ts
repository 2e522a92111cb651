/** One replacement of a member, above those that were made before it. */
interface Layer {
  readonly value: unknown;
}

const replaced = new WeakMap<object, Map<string, ReplacedMember>>();

/**
 * One member of one instance while something stands in for it. It is a property of the instance alone: the class and its
 * prototype stay as they are. Several may replace it at once and go in any order; the last one that came counts.
 */
class ReplacedMember {
  readonly #instance: object;
  readonly #name: string;
  readonly #original: PropertyDescriptor | undefined;
  readonly #layers: Layer[] = [];
  /** What the instance's own code has set meanwhile: a startup hook that makes its client, say. */
  #set: { readonly value: unknown } | undefined;

  constructor(instance: object, name: string) {
    this.#instance = instance;
    this.#name = name;
    this.#original = Object.getOwnPropertyDescriptor(instance, name);
    Object.defineProperty(instance, name, {
      get: () => this.#layers.at(-1)!.value,
      set: (value: unknown) => (this.#set = { value }),
      // Whoever looks for a child among the fields of its parent must find the one that stands there now.
      enumerable: this.#original ? this.#original.enumerable : !(name in instance),
      configurable: true,
    });
  }

  put(value: unknown): () => void {
    const layer = { value };
    this.#layers.push(layer);
    return () => this.#takeAway(layer);
  }

  #takeAway(layer: Layer): void {
    const place = this.#layers.indexOf(layer);
    if (place < 0) return;
    this.#layers.splice(place, 1);
    if (this.#layers.length > 0) return;
    replaced.get(this.#instance)!.delete(this.#name);
    this.#restore();
  }

  #restore(): void {
    if (this.#original) Object.defineProperty(this.#instance, this.#name, this.#original);
    else Reflect.deleteProperty(this.#instance, this.#name);
    if (this.#set) Reflect.set(this.#instance, this.#name, this.#set.value);
  }
}

/** Lets a value stand in for a member of an instance; what it returns puts back what was there. */
export function replaceMember(instance: object, name: string, value: unknown): () => void {
  const members = replaced.get(instance) ?? new Map<string, ReplacedMember>();
  replaced.set(instance, members);
  const member = members.get(name) ?? new ReplacedMember(instance, name);
  members.set(name, member);
  return member.put(value);
}
