import type { AnyPipeline } from '../../decorators/context.js';
import { MisuseError } from '../errors/misuse-error.js';
import { PORTS, type Ports } from '../ports/ports.js';
import type { Elsewhere } from '../ports/run-engine.js';
import type { Checkpoint } from '../run/checkpoint.js';
import { Run } from '../run/run.js';
import type { RunOptions } from './run-options.js';
import { toPlain } from '../state/plain.js';
import { checkAnswers, type Answered } from './check-answers.js';
import { checkCheckpoint } from './check-checkpoint.js';
import { checkRunOptions } from './check-run-options.js';
import { Execution } from './execution.js';
import type { Host } from './host.js';
import { hostOf } from './host-of.js';
import { idInUse } from './id-in-use.js';
import { Resumption } from './resumption.js';
import { InProcessEngine } from './in-process-engine.js';
import { systemClock } from './system-clock.js';

const IN_PROCESS: Ports = {
  clock: systemClock,
  engine: () => new InProcessEngine(),
  random: () => Math.random(),
  newId: () => crypto.randomUUID(),
};

/** Makes a run that begins in the next microtask; mistakes of the class or the call are thrown at once (E.1). */
export function startRun<P extends AnyPipeline>(instance: object, state: object, options: RunOptions = {}): Run<P> {
  const host = hostOf(instance);
  const { pipeline } = host.compiled.plan;
  checkRunOptions(pipeline, options);
  if (options.store !== undefined) checkNamed(host);
  checkState(pipeline, state);
  const away = elsewhereOf(host, options);
  // There it is a handle of the run that has this id.
  if (!away && !portsOf(options).isPart) checkId(host, options.id);
  const plain = toPlain(state, 'state', false);
  return away?.run(instance as P, plain, options) ?? start(host, plain, options);
}

/** Makes the next segment of a suspended run; nothing is lost by a mistake of the call, which is thrown at once. */
export function resumeRun<P extends AnyPipeline>(
  instance: object,
  checkpoint: unknown,
  answers: unknown,
  options: RunOptions = {},
): Run<P> {
  const host = hostOf(instance);
  const { pipeline } = host.compiled.plan;
  checkRunOptions(pipeline, options);
  if (options.id !== undefined)
    throw new MisuseError({
      code: 'INVALID_RUN_OPTION',
      message: `${pipeline}.resume(): a resumed run has the id of its checkpoint.`,
      remedy: 'Leave out the option id.',
    });
  // What it is and what it waits for is known there, where a later version of the class may go on with it.
  const away = elsewhereOf(host, options)?.resume(instance as P, checkpoint, answers, options);
  if (away) return away;
  const checked = checkCheckpoint(host, checkpoint);
  const { clock, answeredAt } = portsOf(options);
  const answered =
    answeredAt === undefined
      ? checkAnswers(host, checked, answers, clock.now())
      : checkedLater(host, checked, answers, answeredAt);
  // With a store the claim decides who may go on.
  if (options.store === undefined) checkId(host, checked.runId);
  return start(host, new Resumption(checked, answered), options);
}

/** Of answers that were given before: whoever gave them is told by the end of the run what is wrong with them. */
function checkedLater(host: Host, checkpoint: Checkpoint, answers: unknown, answeredAt: number): Answered {
  try {
    return checkAnswers(host, checkpoint, answers, answeredAt);
  } catch (error) {
    const refused = Promise.reject(error);
    refused.catch(() => undefined);
    return { outputs: new Map([['', refused]]), expired: new Map(), given: {} };
  }
}

function start<P extends AnyPipeline>(host: Host, from: object, options: RunOptions): Run<P> {
  const execution = new Execution(host, from, options, portsOf(options));
  void Promise.resolve().then(() => execution.begin());
  return new Run<P>(execution);
}

/** Who is told instead of this process; an execution that was given its ports is that of somebody who was told. */
const elsewhereOf = ({ elsewhere }: Host, options: object): Elsewhere | undefined =>
  PORTS in options ? undefined : elsewhere;

function portsOf(options: RunOptions): Ports {
  const stand = (options as { [PORTS]?: Partial<Ports> })[PORTS];
  return stand ? { ...IN_PROCESS, ...stand } : IN_PROCESS;
}

function checkId({ liveIds, compiled }: Host, id: string | undefined): void {
  if (id === undefined || !liveIds.has(id)) return;
  throw idInUse(compiled.plan.pipeline, id);
}

/** A store finds runs by the name of their pipeline, and that of a class is minified. */
function checkNamed({ compiled }: Host): void {
  if (compiled.blueprint.named) return;
  throw new MisuseError({
    code: 'UNNAMED_PIPELINE',
    message: `${compiled.plan.pipeline}.run(): a store keeps runs by the name of their pipeline, which has none but that of its class.`,
    remedy: "Give it one: static readonly pipeline = { name: 'approval' }.",
  });
}

function checkState(pipeline: string, state: unknown): void {
  if (typeof state === 'object' && state !== null && !Array.isArray(state)) return;
  throw new MisuseError({
    code: 'INVALID_STATE',
    message: `${pipeline}: run() takes the state as an object, got ${state === null ? 'null' : Array.isArray(state) ? 'an array' : typeof state}.`,
    remedy: 'Pass the initial state: run({ … }).',
  });
}
