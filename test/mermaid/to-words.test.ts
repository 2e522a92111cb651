import { expect, test } from 'vitest';
import { toWords } from '../../src/mermaid/to-words.js';

test.each([
  ['generateResponse', 'Generate Response'],
  ['parseHTTPResponse', 'Parse HTTP Response'],
  ['fetchFromDB', 'Fetch From DB'],
  ['call_llm', 'Call Llm'],
  ['llm2json', 'Llm2json'],
  ['step2Name', 'Step2 Name'],
  ['GPT4Answer', 'GPT4 Answer'],
  ['start', 'Start'],
  ['_private_', 'Private'],
  ['_', '_'],
  ['__', '__'],
  ['$x', '$x'],
  ['ünïcodeÄrger', 'Ünïcode Ärger'],
  ['x', 'X'],
  ['𐐨word', '𐐀word'],
])('%s reads as %s', (name, words) => {
  expect(toWords(name)).toBe(words);
});
