import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { membersOf } from './members-of.js';
import { whereOf } from './where-of.js';

/** A decorator sits on a field, a getter or a setter. */
export const findNonMethods = (blueprint: Blueprint): Problem[] =>
  membersOf(blueprint)
    .filter(({ member }) => member.placement === 'other')
    .map(({ role, member }) => ({
      code: 'NOT_A_METHOD',
      where: whereOf(member),
      what: `is a field or an accessor, so it can't be a ${role}.`,
      remedy: 'Write it as a method.',
    }));
