import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';

/** The class has no step at all. A method with two decorators would have been one, and is told of already. */
export const findEmptyPipeline = ({ className, steps, doubled }: Blueprint): Problem[] =>
  steps.length > 0 || doubled.length > 0
    ? []
    : [
        {
          code: 'EMPTY_PIPELINE',
          where: className,
          what: 'has no step.',
          remedy: 'Decorate a method with @Step() or @Streaming().',
        },
      ];
