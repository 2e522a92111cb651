import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { oneLine } from './one-line.js';
import { UsageError } from './usage-error.js';

/** Reads the JSON of an option, or of the file that it names with an `@` in front. */
export function readJson(option: string, given: string, cwd: string): unknown {
  const text = given.startsWith('@') ? readText(option, given.slice(1), cwd) : given;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`--${option} is no JSON: ${oneLine(error).replace(/^SyntaxError: /, '')}`);
  }
}

function readText(option: string, name: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, name), 'utf8');
  } catch (error) {
    throw new UsageError(`--${option} can't be read: ${oneLine(error)}`);
  }
}
