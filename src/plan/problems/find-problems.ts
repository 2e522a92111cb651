import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { findDuplicateTargets } from './find-duplicate-targets.js';
import { findEmptyPipeline } from './find-empty-pipeline.js';
import { findGeneratorHooks } from './find-generator-hooks.js';
import { findGeneratorsUnderStep } from './find-generators-under-step.js';
import { findInvalidNames } from './find-invalid-names.js';
import { findInvalidOptions } from './find-invalid-options.js';
import { findMissingGenerators } from './find-missing-generators.js';
import { findNonMethods } from './find-non-methods.js';
import { findOptionsWithoutEffect } from './find-options-without-effect.js';
import { findPrivateSteps } from './find-private-steps.js';
import { findReplacedMethods } from './find-replaced-methods.js';
import { findReservedNames } from './find-reserved-names.js';
import { findSecondCatchAlls } from './find-second-catch-alls.js';
import { findSeveralBeginnings } from './find-several-beginnings.js';
import { findSeveralDecorators } from './find-several-decorators.js';
import { findStaticMembers } from './find-static-members.js';
import { findStreamingCatchAlls } from './find-streaming-catch-alls.js';
import { findSyncGeneratorHandlers } from './find-sync-generator-handlers.js';
import { findUnknownHandlers } from './find-unknown-handlers.js';
import { findUnknownTargets } from './find-unknown-targets.js';
import { findUnreachableSteps } from './find-unreachable-steps.js';
import { findUnsupportedLoops } from './find-unsupported-loops.js';
import { membersOf } from './members-of.js';
import { whereOf } from './where-of.js';

const FINDERS: readonly ((blueprint: Blueprint) => Problem[])[] = [
  findEmptyPipeline,
  findInvalidOptions,
  findSeveralBeginnings,
  findSeveralDecorators,
  findStaticMembers,
  findPrivateSteps,
  findNonMethods,
  findReplacedMethods,
  findInvalidNames,
  findReservedNames,
  findMissingGenerators,
  findGeneratorsUnderStep,
  findGeneratorHooks,
  findUnknownTargets,
  findDuplicateTargets,
  findUnreachableSteps,
  findUnsupportedLoops,
  findOptionsWithoutEffect,
  findUnknownHandlers,
  findSecondCatchAlls,
  findStreamingCatchAlls,
  findSyncGeneratorHandlers,
];

/** Everything wrong with a blueprint: first what concerns the class, then by order of declaration. */
export function findProblems(blueprint: Blueprint): Problem[] {
  const places = new Map<string, number>();
  for (const { member } of membersOf(blueprint)) places.set(whereOf(member), member.place);
  for (const member of blueprint.doubled) places.set(whereOf(member), member.place);
  const placeOf = ({ where }: Problem): number => places.get(where) ?? -1;
  return FINDERS.flatMap((find) => find(blueprint)).sort((a, b) => placeOf(a) - placeOf(b));
}
