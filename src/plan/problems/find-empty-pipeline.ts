import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';

/** The class has no step at all. */
export const findEmptyPipeline = ({ className, steps }: Blueprint): Problem[] =>
  steps.length > 0
    ? []
    : [
        {
          code: 'EMPTY_PIPELINE',
          where: className,
          what: 'has no step.',
          remedy: 'Decorate a method with @Step() or @Streaming().',
        },
      ];
