import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { membersOf } from './members-of.js';
import { whereOf } from './where-of.js';

/** The members of `Pipeline`, those to come included. */
const MEMBERS = new Set(['run', 'resume', 'open', 'close', 'on', 'once', 'off']);

/** A step, hook or handler has the name of a member of `Pipeline`, or one that means something to JavaScript. */
export const findReservedNames = (blueprint: Blueprint): Problem[] =>
  membersOf(blueprint).flatMap(({ role, member }) => {
    const why = member.placement === 'method' ? reason(member.name) : undefined;
    if (!why) return [];
    const remedy = 'Rename the method.';
    return [{ code: 'RESERVED_STEP_NAME', where: whereOf(member), what: `can't be a ${role}: ${why}.`, remedy }];
  });

function reason(name: string | symbol): string | undefined {
  if (typeof name === 'symbol') return undefined;
  if (MEMBERS.has(name)) return `the name ${name} belongs to Pipeline`;
  if (name === 'then') return 'an object with a method then is taken for a promise';
  return name in Object.prototype ? `every object has a member ${name}` : undefined;
}
