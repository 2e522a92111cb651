import { MisuseError } from '../errors/misuse-error.js';

/** The error of a call to stepstream/testing that can't be carried out. */
export const invalidTestOption = (where: string, what: string, remedy: string): MisuseError =>
  new MisuseError({ code: 'INVALID_TEST_OPTION', message: `${where}: ${what}.`, remedy });

/** Throws for what is no whole number of at least `least`. */
export function checkWhole(where: string, name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw invalidTestOption(where, `${name} must be a whole number, ${least} or more`, `Mend ${name}.`);
}
