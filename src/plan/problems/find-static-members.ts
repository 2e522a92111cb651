import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { membersOf } from './members-of.js';
import { whereOf } from './where-of.js';

/** A decorator sits on a static method, which no instance has. */
export const findStaticMembers = (blueprint: Blueprint): Problem[] =>
  membersOf(blueprint)
    .filter(({ member }) => member.placement === 'static')
    .map(({ role, member }) => ({
      code: 'STATIC_STEP',
      where: whereOf(member),
      what: `is static, so it can't be a ${role}.`,
      remedy: 'Remove static.',
    }));
