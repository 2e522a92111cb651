const SHOWN = 12;

/** Names for a sentence, the first dozen of them. */
export function listNames(names: readonly (string | symbol)[], separator = ', '): string {
  const shown = names.slice(0, SHOWN).map(String).join(separator);
  return names.length > SHOWN ? `${shown}${separator}… (${names.length - SHOWN} more)` : shown;
}
