import { Activation, type ActivationFacts } from './activation.js';
import type { Due } from './agenda.js';
import { flowOf } from './flow.js';
import type { WalkScope } from './walk-scope.js';

/** Counts an activation as in flight, in its flow and in those around it. */
export function enlist({ live }: WalkScope, activation: Activation): void {
  live.add(activation);
  flowOf(activation).holdOn();
}

/** The engine has reported it, or it never started. */
export function discharge({ live }: WalkScope, activation: Activation): void {
  live.remove(activation);
  flowOf(activation).letGo();
}

/** Makes an activation that starts when the report is processed. */
export function schedule(run: WalkScope, facts: ActivationFacts, body: Due['body']): Activation {
  const activation = new Activation(facts);
  scheduleAgain(run, activation, body);
  return activation;
}

/** Gives an activation to the engine once more, for what comes after its child. */
export function scheduleAgain(run: WalkScope, activation: Activation, body: Due['body'], tidies = false): void {
  enlist(run, activation);
  run.agenda.addDue({ activation, body, tidies });
}
