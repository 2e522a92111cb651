import { parseArgs, type ParseArgsConfig } from 'node:util';
import { oneLine } from './one-line.js';
import { UsageError } from './usage-error.js';

/** The options of a command: those with a value, and those without. */
export type OptionTypes = Readonly<Record<string, 'string' | 'boolean'>>;

type Config = NonNullable<ParseArgsConfig['options']>;

type Values<Types extends OptionTypes> = {
  readonly [Name in keyof Types]?: Types[Name] extends 'string' ? string : boolean;
};

/** What was typed behind the name of a command. */
export interface Parsed<Types extends OptionTypes> {
  readonly options: Values<Types>;
  readonly words: readonly string[];
}

/** Reads what was typed behind the name of a command; throws a `UsageError` for what it doesn't know. */
export function parseOptions<const Types extends OptionTypes>(
  args: readonly string[],
  types: Types,
  mostWords: number,
): Parsed<Types> {
  const config: Config = {};
  for (const [name, type] of Object.entries(types)) config[name] = { type };
  const { values, positionals } = parse(args, config, Object.keys(types));
  if (positionals.length > mostWords)
    throw new UsageError(`Nothing is expected behind "${positionals[mostWords - 1]}".`);
  return { options: values as Values<Types>, words: positionals };
}

function parse(args: readonly string[], options: Config, names: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const known =
      names.length === 0 ? 'It has none.' : `The options are ${names.map((name) => `--${name}`).join(', ')}.`;
    // Its second sentence is about words that begin with a dash.
    throw new UsageError(`${oneLine(error).replace(/^TypeError: |\. .*$|\.$/g, '')}. ${known}`);
  }
}
