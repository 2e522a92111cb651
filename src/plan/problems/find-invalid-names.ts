import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { IDENTIFIER } from './identifier.js';
import { whereOf } from './where-of.js';

/** The name of a step or handler is a symbol, or a string that is no identifier (B.6). */
export const findInvalidNames = ({ steps, handlers }: Blueprint): Problem[] =>
  [...steps, ...handlers]
    .filter(({ placement, name }) => placement !== 'private' && (typeof name === 'symbol' || !IDENTIFIER.test(name)))
    .map((step) => ({
      code: 'INVALID_STEP_NAME',
      where: whereOf(step),
      what: `${typeof step.name === 'symbol' ? 'is named by a symbol' : 'is no identifier'}, so nothing can name it.`,
      remedy: 'Rename the method: letters, digits, _ and $, not beginning with a digit.',
    }));
