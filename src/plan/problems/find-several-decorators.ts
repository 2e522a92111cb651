import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { whereOf } from './where-of.js';

/** One method carries two of our decorators. */
export const findSeveralDecorators = ({ doubled }: Blueprint): Problem[] =>
  doubled.map((member) => ({
    code: 'SEVERAL_DECORATORS',
    where: whereOf(member),
    what: `has ${member.decorators.length} decorators: ${member.decorators.map((name) => `@${name}`).join(', ')}.`,
    remedy: 'Keep one of them, and let two methods share what they have in common.',
  }));
