import type { Activation } from '../../executor/activation.js';
import { Attempt } from '../../executor/attempt.js';
import { itemSourceOf } from '../../executor/item-source.js';
import { takeBack } from '../../executor/take-back.js';
import type { FlowScope } from '../../executor/activation.js';
import type { Envelope } from './envelope.js';
import { restoreChild } from './restore-child.js';

/**
 * Leaves an activation as its body would have left it, had it run here: what was recorded doesn't run again. `lost` says
 * that what it has told may be gone: else it was stored before the record was.
 */
export async function restoreActivation(activation: Activation, envelope: Envelope, lost: boolean): Promise<void> {
  const { outcome, attempt, begun, leftBehind, child } = envelope;
  const { run } = activation;
  if (begun && !activation.begun) {
    activation.begun = true;
    run.teller.stepStart(activation);
  }
  // Its body has taken that back before it went on.
  if (attempt > activation.attempt || outcome.status === 'recovered') activation.spoken = undefined;
  activation.attempt = attempt;
  if (leftBehind) {
    activation.leaveBehind();
    run.noteAbandoned(activation.key);
  }
  addUsage(activation, envelope);
  if (lost) sayAgain(activation, envelope.text);
  if (outcome.status === 'opened') activation.source = itemSourceOf(activation.given.input);
  if (outcome.status !== 'opened' && outcome.status !== 'called') return activation.close();
  // Its report is on its way: what it is aborted with reaches what is inside it when that has come.
  activation.handingOn = true;
  activation.current = new Attempt(activation, 'body');
  if (child !== undefined) await restoreChild(activation, child);
}

function addUsage({ run, flow }: Activation, { attempts, usage = [] }: Envelope): void {
  for (let count = 0; count < attempts; count++) run.meter.begin(run.clock);
  for (const used of usage) for (let at: FlowScope | undefined = flow; at; at = at.caller?.flow) at.meter.add(used);
}

/** What it has said is told as one token where the log has lost it; a lost branch has said nothing. */
function sayAgain(activation: Activation, text = ''): void {
  const { run, key, decided } = activation;
  if (decided === 'lost' || run.transcript.textOf(key) === text) return;
  takeBack(activation, 'restart');
  if (text === '') return;
  run.transcript.add(key, text);
  activation.firstToken = activation.lastToken = run.teller.token(activation, text);
}
