import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint } from '../../scanner/blueprint.js';
import { findDuplicateTargets } from './find-duplicate-targets.js';
import { findEmptyPipeline } from './find-empty-pipeline.js';
import { findGeneratorHooks } from './find-generator-hooks.js';
import { findGeneratorsUnderStep } from './find-generators-under-step.js';
import { findInvalidNames } from './find-invalid-names.js';
import { findInvalidOptions } from './find-invalid-options.js';
import { findLoopsWithTwoHeaders } from './find-loops-with-two-headers.js';
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
import { findSwitchesWithoutCases } from './find-switches-without-cases.js';
import { findSyncGeneratorHandlers } from './find-sync-generator-handlers.js';
import { findUnknownHandlers } from './find-unknown-handlers.js';
import { findUnknownTargets } from './find-unknown-targets.js';
import { findUnreachableSteps } from './find-unreachable-steps.js';

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
  findSwitchesWithoutCases,
  findUnknownTargets,
  findDuplicateTargets,
  findUnreachableSteps,
  findLoopsWithTwoHeaders,
  findOptionsWithoutEffect,
  findUnknownHandlers,
  findSecondCatchAlls,
  findStreamingCatchAlls,
  findSyncGeneratorHandlers,
];

/** Everything wrong with a blueprint, by kind of mistake. */
export const findProblems = (blueprint: Blueprint): Problem[] => FINDERS.flatMap((find) => find(blueprint));
