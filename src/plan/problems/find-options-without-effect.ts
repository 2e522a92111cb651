import type { Problem } from '../../errors/blueprint-error.js';
import type { Blueprint, StepBlueprint } from '../../scanner/blueprint.js';
import { findLoops } from '../find-loops.js';
import { decoratorOf } from './decorator-of.js';
import { findBeginnings, outsideParents } from './find-beginnings.js';
import { intendedGraph } from './intended-graph.js';
import { reach } from './reach.js';
import { whereOf } from './where-of.js';

type Check = (step: StepBlueprint, index: number) => readonly [what: string, remedy: string] | undefined;

/** An option that is fine in itself says something that can't be at this step, and would be ignored. */
export function findOptionsWithoutEffect(blueprint: Blueprint): Problem[] {
  const checks = [...checksOfGraph(blueprint), checkTimeout];
  return blueprint.steps.flatMap((step, index) =>
    checks.flatMap((check) => {
      const found = check(step, index);
      return found ? [{ code: 'INVALID_OPTION', where: whereOf(step), what: found[0], remedy: found[1] }] : [];
    }),
  );
}

function checksOfGraph(blueprint: Blueprint): Check[] {
  const graph = intendedGraph(blueprint);
  const loops = findLoops(graph);
  const beginnings = findBeginnings(blueprint, graph);
  const mayBegin = new Set(beginnings.flatMap(({ steps }) => steps));
  // What leads to them are jumps at most: they wait for nobody.
  const beginsAt = new Set(beginnings.flatMap(({ at }) => at));
  const repeated = reach(graph, loops.flat());
  const loopOf = new Map(loops.flatMap((loop) => loop.map((index) => [index, loop] as const)));

  const checkEntry: Check = ({ entry }, index) => {
    if (!entry || mayBegin.has(index)) return undefined;
    const loop = loopOf.get(index);
    const [parent] = loop ? outsideParents(graph, loop) : graph.parents[index];
    const { name } = blueprint.steps[parent];
    return [`says entry: true, but "${String(name)}" leads to ${loop ? 'its loop' : 'it'}.`, 'Remove one of the two.'];
  };
  const checkJoin: Check = ({ join }, index) =>
    join && beginsAt.has(index)
      ? [
          `says join: "${join}", but ${loopOf.has(index) ? 'only its own loop' : 'nothing'} leads to it.`,
          'Remove the option.',
        ]
      : undefined;
  const checkVisits: Check = ({ maxVisits }, index) =>
    !(maxVisits! > 0) || repeated.has(index)
      ? undefined
      : ['says maxVisits, but no loop leads to it, so it runs once.', 'Draw the loop, or remove the option.'];
  return [checkEntry, checkJoin, checkVisits];
}

const checkTimeout: Check = (step) => {
  const { kind, form, timeout } = step;
  if (typeof timeout !== 'object' || timeout === null) return undefined;
  if (timeout.firstToken === undefined && timeout.idle === undefined) return undefined;
  if (kind === 'streaming' || (kind === 'each' && form !== 'plain')) return undefined;
  return kind === 'each'
    ? ['limits the time between tokens, but its items have none.', 'Use timeout: { step }, or write it as async *.']
    : [
        `limits the time between tokens, but a ${decoratorOf(step)} has none.`,
        `Use timeout: { step }${kind === 'step' ? ', or @Streaming()' : ''}.`,
      ];
};
