import type { PlanStep } from './plan.js';

type Row = Pick<PlanStep, 'name' | 'kind' | 'each' | 'to' | 'jumps' | 'join' | 'child'>;

/**
 * A short hash of what a stored run depends on: the names, kinds, edges, joins and children of the steps. Sorted by name,
 * so that moving a method in its class changes nothing; what is stored names steps and never counts on their order. That
 * an edge is a jump says where a loop begins, which may depend on the order.
 */
export function createFingerprint(steps: readonly Row[]): string {
  return hash(JSON.stringify(rowsOf(steps).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** What the fingerprint covers of each step, by name: tells which steps differ where two fingerprints do. */
export const outlineOf = (steps: readonly Row[]): Record<string, string> =>
  Object.fromEntries(rowsOf(steps).map(([name, ...rest]) => [name, rest.join(' ')]));

const rowsOf = (steps: readonly Row[]): string[][] =>
  steps.map(({ name, kind, each, to, jumps, join, child }) => [
    name,
    each && kind !== 'each' ? `${kind} each` : kind,
    join ?? '',
    ...(child ? [`${child.named ? child.pipeline : ''} ${child.fingerprint}`] : []),
    ...to.map((id) => (jumps.includes(id) ? `↺${steps[id].name}` : steps[id].name)).sort(),
  ]);

/** cyrb53's two words of 32 bits in full: against mistakes, not against attackers, and without `node:crypto`. */
function hash(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return [high, low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
