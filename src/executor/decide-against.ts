import type { VisitStatus } from '../run/ledger.js';
import { abortWithin } from './abort-within.js';
import type { Activation } from './activation.js';
import { recordVisit } from './advance.js';
import { closeSource } from './close-source.js';
import { flowOf, type Flow } from './flow.js';
import type { Items } from './items.js';
import { takeBack } from './take-back.js';
import type { WalkScope } from './walk-scope.js';

/** What is decided against, and why. */
export interface Decision {
  /** Chosen among the visits and items of the flow; what is inside one goes with it. */
  readonly of: (activation: Activation) => boolean;
  readonly decided: 'cancelled' | 'lost';
  readonly reason: unknown;
}

/** Aborts what is alive of the chosen activations of a flow, however deep inside them; what only waits has ended. */
export function decideAgainst(run: WalkScope, flow: Flow, { of, decided, reason }: Decision): void {
  const chosen = (activation: Activation): boolean => activation.decided === undefined && of(activation);
  const inFlight = inFlightOf(run, flow, chosen).filter((activation) => activation.decided === undefined);
  const composites = compositesOf(flow).filter(chosen);
  if (decided === 'lost') takeBackAll(run, flow, chosen, 'lost');
  for (const composite of composites) markInside(run, flow, composite, decided, reason);
  dropSuspended(run, flow, chosen, decided);
  abortWithin(run.root.plan.cancelGrace, run.clock, inFlight, decided, reason);
  for (const composite of composites) endIfIdle(run, flow, composite);
}

/** Decides against everything of a flow. */
export function decideAgainstAll(run: WalkScope, flow: Flow, reason: unknown): void {
  decideAgainst(run, flow, { of: () => true, decided: 'cancelled', reason });
}

/** What is alive of the chosen activations of a flow, and everything inside them, has streamed what no longer counts (D.4). */
export function takeBackAll(
  run: WalkScope,
  flow: Flow,
  of: (activation: Activation) => boolean,
  why: 'lost' | 'failed',
): void {
  for (const activation of inFlightOf(run, flow, of)) takeBack(activation, why);
  for (const activation of flow.suspended ?? []) if (of(activation)) takeBack(activation, why);
  const composites = compositesOf(flow).filter(of);
  while (composites.length > 0) {
    const composite = composites.pop()!;
    takeBack(composite, why);
    const child = flowOf(composite).children?.get(composite);
    if (child !== undefined) composites.push(...compositesOf(child));
  }
}

const inFlightOf = (run: WalkScope, flow: Flow, of: (activation: Activation) => boolean): Activation[] =>
  run.live.filter((activation) => {
    const own = ownOf(flow, activation);
    return own !== undefined && of(own);
  });

/** The activation of this very flow that another one is, or is inside of. */
function ownOf(flow: Flow, activation: Activation): Activation | undefined {
  for (let at: Activation | undefined = activation; at !== undefined; at = at.flow.caller)
    if (at.flow === flow) return at;
  return undefined;
}

/** The visits and items of a flow that something else runs inside of. */
const compositesOf = ({ eaches, children }: Flow): Activation[] => [
  ...(eaches?.keys() ?? []),
  ...(children?.keys() ?? []),
];

function markInside(
  run: WalkScope,
  flow: Flow,
  composite: Activation,
  decided: 'cancelled' | 'lost',
  reason: unknown,
): void {
  composite.decided = decided;
  const items = flow.eaches?.get(composite);
  if (items !== undefined) {
    items.closed = true;
    closeSource(run, composite, reason);
    dropItems(run, items, decided);
  }
  const child = flow.children?.get(composite);
  if (child === undefined) return;
  dropSuspended(run, child, () => true, decided);
  for (const inner of compositesOf(child))
    if (inner.decided === undefined) markInside(run, child, inner, decided, reason);
}

/** A visit that waits for an answer has nothing to abort: it ends where it stands. */
function dropSuspended(
  run: WalkScope,
  flow: Flow,
  of: (activation: Activation) => boolean,
  why: 'cancelled' | 'lost',
): void {
  const { suspended, progress } = flow;
  if (suspended === undefined) return;
  flow.suspended = suspended.filter((activation) => !of(activation));
  for (const activation of suspended) {
    if (!of(activation)) continue;
    recordVisit(progress, activation.step.id, activation.visit, why);
    run.teller.step('step-cancel', activation, { why });
  }
}

/** Items that wait for an answer are dropped in the same way. */
export function dropItems(run: WalkScope, { each, suspended }: Items, why: 'cancelled' | 'lost'): void {
  const flow = flowOf(each);
  for (const item of suspended.splice(0)) {
    flow.count(each.step.id, 'suspended', -1);
    flow.count(each.step.id, why);
    run.teller.step('step-cancel', item, { why });
  }
}

/** Nothing of it moves, so no report is going to end it. */
function endIfIdle(run: WalkScope, flow: Flow, composite: Activation): void {
  const items = flow.eaches?.get(composite);
  if (items?.live === 0) {
    flow.eaches!.delete(composite);
    run.agenda.addEnded(composite, { status: 'cancelled' });
  }
  const child = flow.children?.get(composite);
  if (child === undefined) return;
  for (const inner of compositesOf(child)) endIfIdle(run, child, inner);
  if (child.quiet && !composite.handingOn) run.agenda.addIdle(child);
}

/** What still waits for an answer when its pipeline has ended gets this status in the ledger. */
export function settleWaiting(flow: Flow, status: VisitStatus): void {
  const { progress, suspended = [] } = flow;
  for (const { step, visit } of suspended) recordVisit(progress, step.id, visit, status);
  for (const { step, visit, each } of compositesOf(flow))
    if (each === undefined) recordVisit(progress, step.id, visit, status);
}

/** A pipeline has failed: what is alive of it is aborted, and then it has ended. */
export function failFlow(run: WalkScope, flow: Flow, error: Error): void {
  if (flow.caller === undefined) return run.fail(error);
  if (flow.failure !== undefined) return;
  flow.failure = error;
  decideAgainstAll(run, flow, new DOMException(`${flow.plan.pipeline} has failed`, 'AbortError'));
}

/** Whether nothing of this activation's pipeline may begin any more. */
export const isEnding = (run: WalkScope, flow: Flow): boolean =>
  run.ending || (flow.caller !== undefined && (flow.failure !== undefined || flow.caller.decided !== undefined));
