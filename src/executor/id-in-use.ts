import { MisuseError } from '../errors/misuse-error.js';

/** Two live runs of one instance would have the same id. */
export const idInUse = (pipeline: string, id: string): MisuseError =>
  new MisuseError({
    code: 'RUN_ID_IN_USE',
    message: `${pipeline}: a run with the id "${id}" is alive on this instance.`,
    remedy: 'Wait for its end, cancel it, or choose another id.',
  });
