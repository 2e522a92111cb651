import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { membersOf } from './members-of.js';
import { whereOf } from './where-of.js';

/** A subclass, or another decorator, has put something in the place of a method that can't be called. */
export const findReplacedMethods = (blueprint: Blueprint): Problem[] =>
  membersOf(blueprint)
    .filter(({ member }) => !member.callable)
    .map(({ role, member }) => ({
      code: 'NO_LONGER_A_METHOD',
      where: whereOf(member),
      what: `is a ${role}, but ${blueprint.className} has something else than a method in its place.`,
      remedy: 'Override it with a method, or give the other member another name.',
    }));
