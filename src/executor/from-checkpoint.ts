import type {
  ChildCheckpoint,
  EachCheckpoint,
  FlowCheckpoint,
  GivenCheckpoint,
  OpenCheckpoint,
  PlaceCheckpoint,
  VisitCheckpoint,
} from '../run/checkpoint.js';
import { NOTHING, type Given } from '../run/given.js';
import { fromPlainError } from '../run/plain-error.js';
import { fromSnapshot } from '../run/progress-snapshot.js';
import { fromStored } from '../run/stored-value.js';
import type { Change } from '../state/change.js';
import { StateStore } from '../state/state-store.js';
import { Activation, type ActivationFacts } from './activation.js';
import { Attempt } from './attempt.js';
import { Flow, Restored } from './flow.js';
import type { Host } from './host.js';
import { hostOf } from './host-of.js';
import { versionOf } from './item-changes.js';
import { Items, LEFT_OUT } from './items.js';
import type { RunScope } from './run-scope.js';

/** The walk of a pipeline as it stood when the run was suspended; the checkpoint has been checked. */
export function fromCheckpoint(
  run: RunScope,
  host: Host,
  from: FlowCheckpoint,
  caller?: Activation,
  field?: string,
): Flow {
  const { plan } = host.compiled;
  const store = StateStore.restore(from.state, plan.merge, from.version, from.writes);
  const flow = new Flow(run, host, new Restored(store, fromSnapshot(plan, from.progress)), caller, field);
  for (const [name, output] of from.outputs) flow.outputs.add(name, fromStored(output));
  for (const { step, counts } of from.items) (flow.itemCounts ??= [])[idOf(flow, step)] = { ...counts };
  if (from.suspended.length > 0) flow.suspended = from.suspended.map((visit) => toVisit(flow, visit));
  for (const each of from.eaches) addEach(flow, each);
  for (const child of from.children) addChild(flow, child);
  return flow;
}

const idOf = ({ plan }: Flow, name: string): number => plan.steps.findIndex((step) => step.name === name);

type Base = Pick<ActivationFacts, 'given' | 'base' | 'baseVersion' | 'each'>;

function toActivation(flow: Flow, place: PlaceCheckpoint, base: Base): Activation {
  const { visit, index, attempt, tokens, spoken } = place;
  const step = flow.plan.steps[idOf(flow, place.step)];
  const activation = new Activation({ flow, step, visit, index, ...base });
  activation.attempt = attempt;
  activation.begun = true;
  [activation.firstToken, activation.lastToken] = tokens;
  if (spoken.length > 0) activation.spoken = spoken.map((said) => ({ ...said, index: said.index }));
  return activation;
}

/** What it changed is committed, or waits in its each: a handler of it sees the state as that has left it. */
function toVisit(flow: Flow, place: VisitCheckpoint, each?: Activation, changes?: readonly Change[]): Activation {
  const { store } = flow;
  const base = each ?? { base: store.current, baseVersion: store.version };
  const activation = toActivation(flow, place, {
    given: place.input === undefined ? NOTHING : { input: fromStored(place.input) },
    base: changes === undefined ? base.base : versionOf(each!, changes),
    baseVersion: base.baseVersion,
    each,
  });
  activation.suspension = place.suspension;
  return activation;
}

function toOpen(flow: Flow, place: OpenCheckpoint, given: Given, each?: Activation): Activation {
  const { base = flow.store.current, baseVersion } = place;
  const activation = toActivation(flow, place, { given, base, baseVersion, each });
  activation.outputsSeen = Math.min(place.outputsSeen, flow.outputs.count);
  return activation;
}

function addEach(flow: Flow, from: EachCheckpoint): void {
  const each = toOpen(flow, from, NOTHING);
  const items = new Items(each);
  items.next = from.results.length;
  items.closed = true;
  for (const result of from.results) items.results.push(result.length === 0 ? LEFT_OUT : fromStored(result[0]));
  for (const [index, changes] of from.changes) {
    items.changes[index] = changes;
    items.findConflict(index, changes);
  }
  for (const [index, error] of from.failures) items.failures.push({ index, error: fromPlainError(error) });
  for (const item of from.suspended) items.suspended.push(toVisit(flow, item, each, items.changes[item.index!]));
  (flow.eaches ??= new Map()).set(each, items);
  flow.alive++;
}

function addChild(flow: Flow, from: ChildCheckpoint): void {
  const each = [...(flow.eaches?.keys() ?? [])].find(
    ({ name, visit }) => from.index !== undefined && name === from.step && visit === from.visit,
  );
  const caller = toOpen(flow, from, toGiven(from.given), each);
  caller.outcome = { status: 'called', changes: from.changes };
  // Should the child fail, what follows is that of this attempt.
  caller.current = new Attempt(caller, 'body');
  if (each === undefined) flow.alive++;
  else flow.eaches!.get(each)!.waiting.add(caller);
  const instance = (flow.instance as Record<string, object>)[from.field];
  const child = fromCheckpoint(flow.run, hostOf(instance), from.flow, caller, from.field);
  child.meter.restore(from.usage);
  (flow.children ??= new Map()).set(caller, child);
}

function toGiven({ input, inputs, item }: GivenCheckpoint): Given {
  return {
    input: fromStored(input),
    ...(inputs && {
      inputs: Object.freeze(Object.fromEntries(inputs.map(([step, output]) => [step, fromStored(output)]))),
    }),
    ...(item && { item: fromStored(item) }),
  };
}
