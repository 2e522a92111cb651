import type { Problem } from '../../errors/blueprint-error.js';
import type { PipelineClass } from '../../scanner/pipeline-class.js';
import { scan } from '../../scanner/scan.js';
import { chainOf, isRoot } from '../pipeline-root.js';
import type { Parse } from './load-parser.js';
import { membersOf, type CodeMember } from './members-of.js';
import { touchesOf, type Touches } from './touches.js';

interface Member extends CodeMember, Touches {}

/**
 * Finds the methods of a class that assign to the instance while runs go on. One instance serves any number of runs at
 * once, so what a step keeps on it is seen by other runs. Hooks that run once for the instance may, and what they alone call.
 */
export function findSharedWrites(pipelineClass: PipelineClass, parse: Parse): readonly Problem[] {
  const members = liveMembers(pipelineClass, parse);
  const { steps, handlers, startup, shutdown } = scan(pipelineClass);
  const hooks = [...startup, ...shutdown];
  const once = new Set(hooks.filter(({ per }) => per === 'instance').map(({ name }) => String(name)));
  const often = [...steps, ...handlers, ...hooks].map(({ name }) => String(name)).filter((name) => !once.has(name));
  const inRuns = reachable(members, often, once);
  const inHooks = reachable(members, [...once, 'constructor'], new Set(often));
  return members
    .filter(({ name, writes }) => writes.size > 0 && (inRuns.has(name) || !inHooks.has(name)))
    .map(toProblem);
}

/** What can be called: an overridden method only by `super`. */
function liveMembers(pipelineClass: PipelineClass, parse: Parse): readonly Member[] {
  const chain = chainOf(pipelineClass).filter((one) => !isRoot(one)) as readonly PipelineClass[];
  const all = chain.flatMap((one) => membersOf(one, parse).map(toMember));
  const supers = new Set(all.flatMap(({ mentions }) => [...mentions].filter((name) => name.startsWith('super.'))));
  return all.filter(
    ({ name }, place) => supers.has(`super.${name}`) || all.findIndex((other) => other.name === name) === place,
  );
}

function toMember(member: CodeMember): Member {
  const touches = member.functions.map(touchesOf);
  return {
    ...member,
    writes: new Set(touches.flatMap(({ writes }) => [...writes])),
    mentions: new Set(touches.flatMap(({ mentions }) => [...mentions])),
  };
}

/** The names of members, and of all that they name, however far; those in `without` aside. */
function reachable(members: readonly Member[], from: readonly string[], without: ReadonlySet<string>): Set<string> {
  const found = new Set(from);
  for (const next of found)
    for (const { name, mentions } of members)
      if (name === next)
        for (const mention of mentions) if (!without.has(mention)) found.add(mention.replace('super.', ''));
  return found;
}

const toProblem = ({ owner, name, writes }: Member): Problem => ({
  code: 'SHARED_INSTANCE',
  where: `${owner}.${name}`,
  what: `assigns to ${[...writes].join(', ')}, and one instance serves all runs at once.`,
  remedy: 'Keep the data of a run in its state, and set up services in the constructor or in @OnStartup.',
});
