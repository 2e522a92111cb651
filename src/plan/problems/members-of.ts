import type { Blueprint, MemberBlueprint, StepKind } from '../../scanner/blueprint.js';

/** A decorated member and what to call it in a sentence. */
export interface RoleMember {
  readonly role:
    'step' | 'streaming step' | 'each' | 'switch' | 'sub-pipeline' | 'startup hook' | 'shutdown hook' | 'handler';
  readonly member: MemberBlueprint;
}

const ROLES: Readonly<Record<StepKind, RoleMember['role']>> = {
  step: 'step',
  streaming: 'streaming step',
  each: 'each',
  switch: 'switch',
  sub: 'sub-pipeline',
};

/** All decorated members in order of declaration. */
export function membersOf({ steps, startup, shutdown, handlers }: Blueprint): RoleMember[] {
  const as = (role: RoleMember['role'], members: readonly MemberBlueprint[]): RoleMember[] =>
    members.map((member) => ({ role, member }));
  return [
    ...steps.map((step): RoleMember => ({ role: ROLES[step.kind], member: step })),
    ...as('startup hook', startup),
    ...as('shutdown hook', shutdown),
    ...as('handler', handlers),
  ].sort((a, b) => a.member.place - b.member.place);
}
