import { recordsOf, type MethodRecord } from '../../decorators/record.js';
import type { DoubledMember } from './blueprint.js';
import { nameOf } from './name-of.js';
import type { PipelineClass } from './pipeline-class.js';

/** The record that counts for one member, and where it stands. */
export interface Member {
  readonly record: MethodRecord;
  readonly owner: PipelineClass;
  /** The depth of the class that first declared it: an override keeps its place and its class mates. */
  readonly level: number;
  readonly place: number;
}

interface Collected {
  readonly members: readonly Member[];
  readonly doubled: readonly DoubledMember[];
}

/** Lays the records of a chain of classes, base class first, over one another: the last class's word counts. */
export function collectMembers(chain: readonly PipelineClass[]): Collected {
  const members: Member[] = [];
  const doubled: DoubledMember[] = [];
  const places = new Map<string, Map<string | symbol, number>>();
  chain.forEach((owner, depth) => {
    const own = new Map<number, string[]>();
    for (const record of recordsOf(owner)) {
      const names = namesOf(places, spaceOf(record, depth));
      const place = names.get(record.method) ?? members.length;
      names.set(record.method, place);
      members[place] = { record, owner, place, level: members[place]?.level ?? depth };
      own.set(place, [...(own.get(place) ?? []), record.decorator]);
    }
    for (const [place, decorators] of own)
      if (decorators.length > 1)
        doubled.push({ owner: nameOf(owner), name: members[place].record.method, place, decorators });
  });
  return { members, doubled };
}

/** Static and `#private` members are no overrides of methods with their name, the latter not even of one another. */
const spaceOf = ({ placement }: MethodRecord, depth: number): string =>
  placement === 'static' ? 'static' : placement === 'private' ? `private ${depth}` : 'prototype';

function namesOf(places: Map<string, Map<string | symbol, number>>, space: string): Map<string | symbol, number> {
  const known = places.get(space) ?? new Map<string | symbol, number>();
  places.set(space, known);
  return known;
}
