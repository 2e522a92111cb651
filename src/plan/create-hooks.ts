import type { Blueprint, HookBlueprint } from '../scanner/blueprint.js';
import type { Plan, PlanHook } from './plan.js';

/**
 * Pairs hooks: of one class and one `per`, the first shutdown hook undoes the first startup hook, the second the
 * second; one too many goes with the last. Without a startup hook in its class it goes with the last of the classes
 * before, and without any it is always due.
 */
export function createHooks({ startup, shutdown }: Blueprint): Pick<Plan, 'startup' | 'shutdown'> {
  const counts = new Map<string, number>();
  const down = shutdown.map((hook) => {
    const key = `${hook.per} ${hook.level}`;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return toPlanHook(hook, partnerOf(hook, count, startup));
  });
  return {
    startup: Object.freeze(startup.map((hook) => toPlanHook(hook, -1))),
    shutdown: Object.freeze(down.reverse()),
  };
}

function partnerOf({ per, level }: HookBlueprint, count: number, startup: readonly HookBlueprint[]): number {
  const candidates = startup.filter((hook) => hook.per === per);
  const mates = candidates.filter((hook) => hook.level === level);
  if (mates.length > 0) return candidates.indexOf(mates[Math.min(count, mates.length - 1)]);
  return candidates.findLastIndex((hook) => hook.level < level);
}

const toPlanHook = ({ name, per }: HookBlueprint, partner: number): PlanHook =>
  Object.freeze({ name: String(name), per, partner });
