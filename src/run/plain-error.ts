/** An error as events and the wire carry it: never a stack, never a cause. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly step?: string;
  readonly attempt?: number;
}

/** Turns whatever was thrown into plain data. */
export function toPlainError(
  error: unknown,
  place: { readonly step?: string; readonly attempt?: number } = {},
): PlainError {
  try {
    if (!(error instanceof Error)) return Object.freeze({ name: 'Error', message: describe(error), ...place });
    const { code } = error as { code?: unknown };
    const own = { name: `${error.name}`, message: `${error.message}` };
    return Object.freeze({ ...own, ...(typeof code === 'string' && { code }), ...place });
  } catch {
    return Object.freeze({ name: 'Error', message: "an error was thrown that can't be read", ...place });
  }
}

/** An error as a checkpoint and the end of a run hold it: with the step that has failed, if it names one. */
export function toStoredError(error: Error): PlainError {
  const { step, attempt } = error as { step?: unknown; attempt?: unknown };
  return toPlainError(error, {
    ...(typeof step === 'string' && { step }),
    ...(typeof attempt === 'number' && { attempt }),
  });
}

/** An error that a checkpoint has told of: what it said, without the code or the stack of the one it was. */
export function fromPlainError({ name, message, ...rest }: PlainError): Error {
  const error = Object.assign(new Error(message), rest);
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return error;
}

const describe = (thrown: unknown): string =>
  typeof thrown === 'string' ? thrown : `${/^[aeiou]/.test(typeof thrown) ? 'an' : 'a'} ${typeof thrown} was thrown`;
