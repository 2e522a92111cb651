/** What was typed, or the file that it names, can't be used. Its message is all that is said. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
