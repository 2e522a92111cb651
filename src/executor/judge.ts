import type { Directive, Goto, Retry, Suspend } from '../../decorators/directive.js';
import type { StepError } from '../errors/step-error.js';
import { isDirective } from '../run/directives.js';
import { DONE, type ActivationOutcome } from '../run/outcome.js';
import { LONGEST_TIME } from '../plan/longest-time.js';
import { toPlain } from '../state/plain.js';
import { rememberSchema } from './answer-schemas.js';
import type { FlowScope } from './activation.js';
import type { Attempt } from './attempt.js';
import { isLazy, lend } from './item-source.js';
import {
  catchAllValue,
  invalidDelay,
  noCall,
  notAGenerator,
  notDeclared,
  notHere,
  retryReturned,
  unknownCase,
  unknownDirective,
  unnamed,
} from './mistake.js';
import { takeBack } from './take-back.js';

/** What a returned value means. Throws what is wrong with it, or `Again`. */
export function judge(attempt: Attempt, value: unknown): ActivationOutcome {
  const { role, activation, stream } = attempt;
  const { kind } = activation.step;
  if (stream === undefined && role === 'body' && kind === 'streaming' && !attempt.wrapped) throw notAGenerator(attempt);
  if (isDirective(value)) return steer(attempt, value);
  if (role === 'catch-all') throw value === undefined ? new NotRecovered() : catchAllValue(attempt);
  if (kind === 'switch') return choose(attempt, value);
  if (role === 'body' && kind === 'sub' && !attempt.wrapped) throw noCall(attempt);
  const changes = attempt.changes();
  if (isLazy(value) && feedsEach(attempt)) {
    lend(value, attempt);
    return { status: statusOf(attempt), passes: { value }, changes };
  }
  const output = toPlain(value, 'output');
  if (changes === undefined && output === undefined && role === 'body') return DONE;
  return { status: statusOf(attempt), output, changes };
}

const statusOf = ({ role }: Attempt): 'done' | 'recovered' => (role === 'body' ? 'done' : 'recovered');

/** Whether what a step returns goes to one each and nobody else: then it may be asked for item by item (B.5). */
export function feedsEach({ activation: { step, each, flow } }: Attempt): boolean {
  return each === undefined && step.next.length === 1 && flow.plan.steps[step.next[0]].each !== undefined;
}

/** Where a switch leads: to the case of the key, with the switch's own input (B.2). */
function choose(attempt: Attempt, value: unknown): ActivationOutcome {
  const { step, flow, given } = attempt.activation;
  const output = toPlain(value, 'output');
  const { cases = {}, otherwise } = step;
  const key = typeof output === 'object' || output === undefined ? undefined : `${output as string}`;
  const target = key !== undefined && Object.hasOwn(cases, key) ? cases[key] : otherwise;
  if (target === undefined) throw unknownCase(attempt, output);
  const route = target === null ? [] : [flow.plan.steps[target].name];
  return { status: statusOf(attempt), output, route, passes: { value: given.input }, changes: attempt.changes() };
}

function steer(attempt: Attempt, directive: Directive<string>): ActivationOutcome {
  switch (directive['~directive']) {
    case 'skip':
      return ended(attempt, { status: 'skipped' });
    case 'stop':
      return ended(attempt, { status: statusOf(attempt), stop: true });
    case 'goto':
      return jump(attempt, directive as Goto);
    case 'retry':
      throw again(attempt, directive as Retry);
    case 'suspend':
      return suspend(attempt, directive as Suspend);
    case 'call':
      if (attempt.role !== 'body' || attempt.activation.step.kind !== 'sub') throw notHere(attempt, 'call');
      return { status: 'called', changes: attempt.changes() };
    default:
      // Another version of the package may know more directives than this one.
      throw unknownDirective(attempt, directive['~directive']);
  }
}

/** With what it has changed; a catch-all that steers has recovered the step, so what that streamed no longer counts. */
function ended(attempt: Attempt, outcome: ActivationOutcome): ActivationOutcome {
  if (attempt.role === 'catch-all') takeBack(attempt.activation, 'handler');
  return { ...outcome, changes: attempt.changes() };
}

/** To one of the declared targets, as if that were the only one in `to` (B.4). */
function jump(attempt: Attempt, { step: name, input }: Goto): ActivationOutcome {
  const { step, flow, each } = attempt.activation;
  if (each !== undefined) throw notHere(attempt, 'goto');
  const declared = step.gotos.some((id) => flow.plan.steps[id].name === name);
  if (!declared && !step.next.some((id) => flow.plan.steps[id].name === name)) throw notDeclared(attempt, name);
  const passes = { value: toPlain(input, `the input of goto("${name}")`) };
  return ended(attempt, { status: statusOf(attempt), route: [name], passes });
}

function again(attempt: Attempt, { delay }: Retry): Error {
  if (attempt.role !== 'body') return notHere(attempt, 'retry in a handler');
  if (delay !== undefined && !isTime(delay)) return invalidDelay(attempt, delay);
  return new Again(retryReturned(attempt), delay);
}

const isTime = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= LONGEST_TIME;

function suspend(attempt: Attempt, { ask, answer, expiresIn }: Suspend): ActivationOutcome {
  const { activation, role } = attempt;
  if (role !== 'body') throw notHere(attempt, 'suspend in a handler');
  const { run, flow, step, name } = activation;
  if (activation.overLazy) throw notHere(attempt, 'suspend');
  if (!isNamed(flow)) throw unnamed(attempt);
  if (answer !== undefined) rememberSchema(flow.compiled, name, answer);
  const validated = answer !== undefined || step.answer !== undefined;
  const expiresAt = expiresIn === undefined ? Infinity : Math.max(0, run.clock.now() + expiresIn);
  const suspension = Object.freeze({
    ask: toPlain(ask, `what ${name} asks`),
    // NaN is none of the two, and refused as such.
    ...(!(expiresAt > LATEST) && { expiresAt: toPlain(expiresAt, `the expiresIn of ${name}`) }),
    ...(validated && { validated }),
  });
  return { status: 'suspended', suspension, changes: attempt.changes() };
}

/** The last moment that a date can say, in milliseconds since the epoch; what expires later never does. */
const LATEST = 8.64e15;

/** Whether the run's own class has a name by which its checkpoint is known again: the name of a class is minified. */
function isNamed(flow: FlowScope): boolean {
  let outermost = flow;
  while (outermost.caller !== undefined) outermost = outermost.caller.flow;
  return outermost.compiled.blueprint.named;
}

/** Says that a catch-all handler has looked on only: the error goes on (D.2). */
export class NotRecovered extends Error {}

/** Says that a body has returned `retry()`. */
export class Again extends Error {
  readonly error: StepError;
  /** Milliseconds until the next attempt, if the step said so. */
  readonly delay: number | undefined;

  constructor(error: StepError, delay: number | undefined) {
    super();
    this.error = error;
    this.delay = delay;
  }
}
