import type { Blueprint, HandlerBlueprint, HookBlueprint, MemberBlueprint } from './blueprint.js';
import { collectMembers, type Member } from './collect-members.js';
import { detectForm } from './detect-form.js';
import { nameOf } from './name-of.js';
import type { PipelineClass } from './pipeline-class.js';
import type { PipelineOptions } from './pipeline-options.js';
import { isStep, stepOptions } from './step-options.js';

/**
 * Reads what the decorators wrote on a class and its base classes, base class first. An override keeps the place of
 * what it overrides; one without a decorator keeps its decorator and options too. It judges nothing.
 *
 * `static pipeline` is inherited as statics are, with one exception: an inherited `name` doesn't name the subclass.
 * Two classes of one name would be taken for one another wherever something is stored by name.
 */
export function scan(pipelineClass: PipelineClass): Blueprint {
  const chain = chainOf(pipelineClass);
  const { members, doubled } = collectMembers(chain);
  const read = (decorator: string) => members.filter(({ record }) => record.decorator === decorator);
  const className = nameOf(pipelineClass);
  const declared = declaredName(pipelineClass);
  return Object.freeze({
    name: declared ?? className,
    named: declared !== undefined,
    className,
    options: (pipelineClass as { pipeline?: PipelineOptions }).pipeline ?? {},
    steps: Object.freeze(
      members
        .filter(({ record }) => isStep(record))
        .map((member) => Object.freeze({ ...toMember(pipelineClass, member), ...stepOptions(member.record) })),
    ),
    startup: Object.freeze(read('OnStartup').map((member) => toHook(pipelineClass, member))),
    shutdown: Object.freeze(read('OnShutdown').map((member) => toHook(pipelineClass, member))),
    handlers: Object.freeze(
      read('OnError').map((member): HandlerBlueprint => Object.freeze(toMember(pipelineClass, member))),
    ),
    doubled: Object.freeze(doubled),
    undecorated: Object.freeze(undecoratedOf(chain, members)),
  });
}

/** The class and its base classes, the root first. */
function chainOf(pipelineClass: PipelineClass): PipelineClass[] {
  const chain: PipelineClass[] = [];
  let next: unknown = pipelineClass;
  while (typeof next === 'function' && next !== Function.prototype) {
    chain.push(next as unknown as PipelineClass);
    next = Object.getPrototypeOf(next);
  }
  return chain.reverse();
}

function declaredName(pipelineClass: PipelineClass): string | undefined {
  if (!Object.hasOwn(pipelineClass, 'pipeline')) return undefined;
  const { pipeline } = pipelineClass as { pipeline?: { readonly name?: unknown } | null };
  return typeof pipeline?.name === 'string' && pipeline.name !== '' ? pipeline.name : undefined;
}

const toHook = (pipelineClass: PipelineClass, member: Member): HookBlueprint =>
  Object.freeze({
    ...toMember(pipelineClass, member),
    per: member.record.options.per === 'run' ? 'run' : 'instance',
    level: member.level,
  });

function toMember(pipelineClass: PipelineClass, { record, owner, place }: Member): MemberBlueprint {
  const { method: name, placement, body, options, read } = record;
  const common = { name, owner: nameOf(owner), place, placement, options, read };
  // Static and private members have no subclass to replace them, and a field has no method on the prototype.
  if (placement !== 'method')
    return { ...common, callable: true, form: detectForm({ name, body, final: body, overridden: false }) };
  const { value: final, holder } = lookUp(pipelineClass.prototype as object, name);
  const form = detectForm({ name, body, final, overridden: holder !== owner.prototype });
  return { ...common, callable: typeof final === 'function', form };
}

/** Finds what a property is without calling a getter. */
function lookUp(prototype: object, name: string | symbol): { value: unknown; holder?: object } {
  for (let holder: object | null = prototype; holder; holder = Object.getPrototypeOf(holder) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (descriptor) return { value: descriptor.value as unknown, holder };
  }
  return { value: undefined };
}

function undecoratedOf(chain: readonly PipelineClass[], members: readonly Member[]): string[] {
  const decorated = new Set(members.map(({ record }) => record.method));
  const names = chain.flatMap((member) =>
    Object.entries(Object.getOwnPropertyDescriptors((member.prototype ?? {}) as object))
      .filter(([, descriptor]) => typeof descriptor.value === 'function')
      .map(([name]) => name),
  );
  return [...new Set(names)].filter((name) => name !== 'constructor' && !decorated.has(name));
}
