import { MisuseError } from '../errors/misuse-error.js';

/** A registry that is being drained takes no more runs. */
export const registryDraining = (): MisuseError =>
  new MisuseError({
    code: 'REGISTRY_DRAINING',
    message: 'This registry is being drained: it takes no more runs.',
    remedy: 'Ask registry.draining before you start a run, and answer 503.',
  });

/** A registry knows runs by their ids alone, whatever instance they are of. */
export const runIdTaken = (id: string): MisuseError =>
  new MisuseError({
    code: 'RUN_ID_IN_USE',
    message: `The registry: a run with the id "${id}" is alive in it.`,
    remedy: 'Wait for its end, cancel it, or choose another id.',
  });

/** A number that a registry can't count or wait with. */
export const invalidRegistryOption = (option: string, expected: string): MisuseError =>
  new MisuseError({
    code: 'INVALID_RESPONSE_OPTION',
    message: `RunRegistry: the option ${option} must be ${expected}.`,
    remedy: 'Mend the option.',
  });
