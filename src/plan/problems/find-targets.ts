import type { StepBlueprint } from '../../scanner/blueprint.js';

/** A step that is named by another one, and where. */
export interface Target {
  readonly name: string;
  /** The option that names it. */
  readonly option: 'to' | 'goto' | 'cases' | 'default';
  /** For a sentence whose subject is the step: "leads to", … */
  readonly verb: string;
}

/** Everything that a step names as its follower, in the order of its options; a name may come more than once. */
export const findTargets = ({ to, goto, cases = {}, otherwise }: StepBlueprint): Target[] => [
  ...to.map((name): Target => ({ name, option: 'to', verb: 'leads to' })),
  ...goto.map((name): Target => ({ name, option: 'goto', verb: 'may go to' })),
  ...Object.entries(cases).flatMap(([key, name]): Target[] =>
    name === null ? [] : [{ name, option: 'cases', verb: `leads the case ${JSON.stringify(key)} to` }],
  ),
  ...(typeof otherwise === 'string'
    ? [{ name: otherwise, option: 'default', verb: 'leads by default to' } as const]
    : []),
];
