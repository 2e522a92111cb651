import type { StepBlueprint, StepKind } from '../../scanner/blueprint.js';

const DECORATORS: Readonly<Record<StepKind, string>> = {
  step: '@Step',
  streaming: '@Streaming',
  each: '@ForEach',
  switch: '@Switch',
  sub: '@SubPipeline',
};

/** What the decorator of a step is called. */
export const decoratorOf = ({ kind, each }: Pick<StepBlueprint, 'kind' | 'each'>): string =>
  DECORATORS[kind] + (kind === 'sub' && each ? ' with each: true' : '');
