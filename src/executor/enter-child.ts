import type { AnyPipeline } from '../../decorators/context.js';
import type { Call } from '../../decorators/directive.js';
import { toPlain } from '../state/plain.js';
import type { Attempt } from './attempt.js';
import type { Ending } from './conclude.js';
import { Flow, flowOf } from './flow.js';
import { fieldOf } from './field-of.js';
import { hostOf } from './host-of.js';
import { noState, notAField, tooDeep, wrongChild } from './mistake.js';
import type { Membership } from './membership.js';
import { RunHooks } from './run-hooks.js';

/** How many pipelines may run inside one another; a class may run itself, but not for ever. */
const DEEPEST = 32;

const CANCELLED: Ending = { status: 'cancelled' };

/**
 * Makes the child of a sub-pipeline step and waits until its instance is up and its per-run hooks have run. `entered`
 * is called once, at once if nothing has to be waited for, with what went wrong. Throws what is wrong with the call.
 */
export function enterChild(attempt: Attempt, directive: Call<AnyPipeline>, entered: (error?: unknown) => void): void {
  const child = createChild(attempt, directive);
  const stay = attempt.activation.run.stayAt(child.host);
  const up = stay.enter();
  child.hooks = RunHooks.for(child);
  if (up === undefined && child.hooks === undefined) {
    adopt(attempt, child);
    entered();
  } else void startUp(attempt, child, up && untilUp(attempt, stay, up), entered).catch(entered);
}

/** From now on the child ends its step; until then the step ends by itself. */
function adopt({ activation }: Attempt, child: Flow): void {
  const flow = flowOf(activation);
  (flow.children ??= new Map()).set(activation, child);
}

/** The wait for the instance, which ends when the attempt is aborted. */
function untilUp(attempt: Attempt, stay: Membership, up: Promise<Error | undefined>): Promise<Error | undefined> {
  return new Promise((resolve) => {
    attempt.hooks = {
      abort: (reason) => {
        stay.giveUp(reason);
        resolve(undefined);
      },
    };
    void up.then(resolve);
  });
}

function createChild(attempt: Attempt, directive: Call<AnyPipeline>): Flow {
  const { activation } = attempt;
  const { pipeline, state } = directive as { readonly pipeline: object; readonly state: unknown };
  const { flow, name, step, run } = activation;
  const field = fieldOf(flow.instance, pipeline);
  if (field === undefined) throw notAField(attempt, pipeline);
  const declared = flow.compiled.blueprint.steps.find((other) => other.name === name)!.of!() as new () => object;
  if (!(pipeline instanceof declared)) throw wrongChild(attempt, pipeline, step.child!.pipeline);
  if (activation.path.length >= DEEPEST) throw tooDeep(attempt, DEEPEST);
  if (!isState(state)) throw noState(attempt, state);
  return new Flow(run, hostOf(pipeline), toPlain(state, `the state of call() in ${name}`, false), activation, field);
}

const isState = (state: unknown): state is object =>
  typeof state === 'object' && state !== null && !Array.isArray(state);

async function startUp(
  attempt: Attempt,
  child: Flow,
  up: Promise<Error | undefined> | undefined,
  entered: (error?: unknown) => void,
): Promise<void> {
  const { activation } = attempt;
  const goesOn = (): boolean => attempt.counts && activation.decided === undefined && attempt.expired === undefined;
  let error = await up;
  if (error === undefined && goesOn() && child.hooks !== undefined) {
    attempt.hooks = child.hooks;
    error = await child.hooks.startup();
  }
  if (error === undefined && goesOn()) adopt(attempt, child);
  // It never begins: what has been started for it is undone.
  else activation.run.warn((await child.hooks?.shutdown(error ? { status: 'failed', error } : CANCELLED)) ?? []);
  entered(error);
}
