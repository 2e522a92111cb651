/** What an error says, on one line and without its stack. */
export function oneLine(error: unknown): string {
  const said = error instanceof Error || isErrorLike(error) ? `${prefixOf(error)}${error.message}` : String(error);
  return said.trim().replace(/\s*\n\s*/g, ' ');
}

/** Errors of the file may be of another realm. */
const isErrorLike = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && typeof (value as Error).message === 'string';

/** The names of errors that say something that their message does not. */
const prefixOf = ({ name }: Error): string => (/^(Syntax|Type|Reference|Range)Error$/.test(name) ? `${name}: ` : '');
