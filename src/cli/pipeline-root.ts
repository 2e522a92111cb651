/** `Pipeline` itself, of whichever copy of the package. */
export function isRoot(value: object): boolean {
  const own = (value as { readonly prototype?: object }).prototype ?? {};
  return ['run', 'resume', 'open', 'close'].every((name) => Object.hasOwn(own, name));
}

/** A class and the classes that it extends, itself first. */
export function chainOf(value: object): object[] {
  const parent = Object.getPrototypeOf(value) as object | null;
  return parent === null || parent === Function.prototype ? [value] : [value, ...chainOf(parent)];
}
