import { readFileSync } from 'node:fs';

/** The first fenced block of that language in an example's README. */
export function readmeBlock(example: string, language: string): string {
  const readme = readFileSync(new URL(`../../examples/${example}/README.md`, import.meta.url), 'utf8');
  const block = new RegExp(`^\`\`\`${language}\\n(.*?\\n)\`\`\`$`, 'ms').exec(readme)?.[1];
  if (block === undefined) throw new Error(`The README of ${example} has no ${language} block.`);
  return block;
}
