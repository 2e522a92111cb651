/** The name of the own field of an instance that holds this very object: a resumed run finds it there again (B.3). */
export function fieldOf(instance: object, held: object): string | undefined {
  return Object.keys(instance).find((name) => (instance as Record<string, unknown>)[name] === held);
}
