import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { membersOf } from './members-of.js';
import { whereOf } from './where-of.js';

/** First what concerns the class, then by order of declaration; what is inside a child stands where its step does. */
export function sortProblems(blueprint: Blueprint, problems: readonly Problem[]): Problem[] {
  const places = new Map<string, number>();
  for (const { member } of membersOf(blueprint)) places.set(whereOf(member), member.place);
  for (const member of blueprint.doubled) places.set(whereOf(member), member.place);
  const placeOf = ({ where }: Problem): number => places.get(where.split(' → ', 1)[0]) ?? -1;
  return [...problems].sort((a, b) => placeOf(a) - placeOf(b));
}
