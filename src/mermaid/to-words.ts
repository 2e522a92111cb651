/**
 * A method name as words: `generateResponse` → `Generate Response`, `parseHTTPResponse` → `Parse HTTP Response`,
 * `call_llm` → `Call Llm`. Digits stay with the word before them.
 */
export function toWords(name: string): string {
  const words = name
    .replace(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, ' ')
    .split(/[\s_]+/u)
    .filter((word) => word !== '');
  return words.length === 0 ? name : words.map(capitalise).join(' ');
}

function capitalise(word: string): string {
  const [first = '', ...rest] = word;
  return first.toUpperCase() + rest.join('');
}
