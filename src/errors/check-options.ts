import { MisuseError } from './misuse-error.js';

/** For each option: what it must be, in words and as a test. */
export type OptionRules<Name extends string = string> = {
  readonly [K in Name]: readonly [string, (value: unknown) => boolean];
};

/** Whose options they are. */
export interface OptionsOf {
  readonly code: string;
  /** As its author has written it: `Chatbot.run()`. */
  readonly call: string;
  /** The option whose value they are; absent for those of the call itself. */
  readonly within?: string;
}

/** Throws one `MisuseError` for options that a call doesn't know or can't use. */
export function checkOptions(of: OptionsOf, options: unknown, rules: OptionRules): void {
  const { within } = of;
  if (typeof options !== 'object' || options === null)
    throw refuseOption(of, `${within ? `the option ${within}` : 'its options'} must be an object`);
  const path = within ? `${within}.` : '';
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined)
      throw refuseOption(
        of,
        `there is no option "${path}${name}"`,
        `The options are: ${Object.keys(rules).join(', ')}.`,
      );
    if (!rule[1](value)) throw refuseOption(of, `the option ${path}${name} must be ${rule[0]}`);
  }
}

/** What is wrong with the options of a call, as its error. */
export const refuseOption = ({ code, call }: OptionsOf, what: string, remedy = 'Mend the option.'): MisuseError =>
  new MisuseError({ code, message: `${call}: ${what}.`, remedy });
