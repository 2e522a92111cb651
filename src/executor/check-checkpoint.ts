import { MisuseError } from '../errors/misuse-error.js';
import type { Checkpoint, FlowCheckpoint } from '../run/checkpoint.js';
import { checkSnapshot } from '../run/check-snapshot.js';
import { outlineOf } from '../plan/create-fingerprint.js';
import { toPlainAround } from '../state/plain.js';
import { findWrongPlace } from './check-places.js';
import { CHECKPOINT } from './checkpoint-shape.js';
import type { Host } from './host.js';
import { hostOf } from './host-of.js';

/**
 * A checkpoint from outside as one that this class can go on from: plain data, of the right shape, and of the same plan,
 * where `migrate` has made it so. Throws a `MisuseError` that says what is wrong and where.
 */
export function checkCheckpoint(host: Host, given: unknown): Checkpoint {
  const { plan, blueprint } = host.compiled;
  let checkpoint = checkShape(plan.pipeline, given);
  if (checkpoint.pipeline !== plan.pipeline)
    throw new MisuseError({
      code: 'WRONG_CHECKPOINT',
      message: `${plan.pipeline}.resume(): the checkpoint is that of a run of "${show(checkpoint.pipeline)}".`,
      remedy: 'Resume it with an instance of that pipeline.',
    });
  const { migrate } = blueprint.options;
  if (checkpoint.fingerprint !== plan.fingerprint && migrate !== undefined)
    checkpoint = checkShape(plan.pipeline, migrate(checkpoint));
  if (checkpoint.fingerprint !== plan.fingerprint) throw differs(host, checkpoint);
  checkFlow(host, checkpoint.root, 'checkpoint.root');
  return checkpoint;
}

function checkShape(pipeline: string, given: unknown): Checkpoint {
  let plain: unknown;
  try {
    plain = typeof given === 'object' && given !== null ? toPlainAround(given, 'checkpoint', false) : given;
  } catch (cause) {
    throw invalid(pipeline, cause instanceof Error ? cause.message : 'it is no plain data', cause);
  }
  const wrong = CHECKPOINT(plain, 'checkpoint');
  if (wrong !== undefined) throw invalid(pipeline, wrong);
  return plain as Checkpoint;
}

/** Whether everything that is named is there, and is what it must be. */
function checkFlow(host: Host, flow: FlowCheckpoint, path: string): void {
  const { plan } = host.compiled;
  const refuse = (what: string): MisuseError => invalid(plan.pipeline, what);
  const [wrong] = checkSnapshot(plan, flow.progress, `${path}.progress`);
  if (wrong !== undefined) throw refuse(wrong);
  const steps = new Map(plan.steps.map((step) => [step.name, step]));
  const places = [...flow.suspended, ...flow.eaches, ...flow.children, ...flow.items];
  const unknown = [...places.map(({ step }) => step), ...flow.outputs.map(([step]) => step)].find((s) => !steps.has(s));
  if (unknown !== undefined) throw refuse(`${path} names "${show(unknown)}", which is no step`);
  const misplaced = findWrongPlace(plan, flow);
  if (misplaced !== undefined) throw refuse(`${path}: ${misplaced}`);
  flow.children.forEach((child, place) => {
    const at = `${path}.children[${place}]`;
    const { kind, each } = steps.get(child.step)!;
    const inEach = flow.eaches.some(({ step, visit }) => step === child.step && visit === child.visit);
    if (kind !== 'sub' || (each !== undefined) !== (child.index !== undefined) || (each !== undefined && !inEach))
      throw refuse(`${at} is no child of "${child.step}"`);
    checkFlow(childHost(host, child.step, child.field, child.fingerprint), child.flow, `${at}.flow`);
  });
}

/** The instance of a child is found again in the field that held it (B.3). */
function childHost(host: Host, step: string, field: string, fingerprint: string): Host {
  const { plan, blueprint } = host.compiled;
  const held = Object.hasOwn(host.instance, field) ? (host.instance as Record<string, unknown>)[field] : undefined;
  const declared = blueprint.steps.find(({ name }) => name === step)!.of!() as new () => object;
  if (!(held instanceof declared))
    throw invalid(plan.pipeline, `the field "${show(field)}" holds no ${plan.pipeline} child for the step "${step}"`);
  const child = hostOf(held);
  if (child.compiled.plan.fingerprint === fingerprint) return child;
  throw invalid(plan.pipeline, `the child of "${step}" is another pipeline than the one that was suspended`);
}

function differs({ compiled }: Host, { outline }: Checkpoint): MisuseError {
  const now = outlineOf(compiled.plan.steps);
  const names = [...new Set([...Object.keys(now), ...Object.keys(outline)])];
  const changed = names.filter((name) => now[name] !== outline[name]).map(show);
  const { pipeline } = compiled.plan;
  return new MisuseError({
    code: 'PLAN_CHANGED',
    message: `${pipeline}.resume(): the class has changed since this run was suspended, in ${changed.slice(0, 10).join(', ') || 'its loops'}.`,
    remedy: 'Resume it with the class as it was, or give static pipeline a function migrate(checkpoint).',
  });
}

const invalid = (pipeline: string, what: string, cause?: unknown): MisuseError =>
  new MisuseError({
    code: 'INVALID_CHECKPOINT',
    message: `${pipeline}.resume(): ${what.length > LONGEST ? `${what.slice(0, LONGEST)}…` : what}.`,
    remedy: 'Pass the checkpoint of a suspended run as it was given, or as JSON.parse has read it.',
    cause,
  });

/** So many letters of what is wrong are told: it quotes what comes from outside. */
const LONGEST = 300;

const show = (name: string): string => name.slice(0, 80);
