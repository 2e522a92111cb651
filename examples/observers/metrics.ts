import { observe } from 'stepstream';

/** Counts what all pipelines of the process do, as a client of a metrics service would. */
export function countEverything(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (name: string, by = 1): void => void counts.set(name, (counts.get(name) ?? 0) + by);

  observe({
    // It is told of these alone; tokens, which are many, cost it nothing.
    types: ['run-end', 'step-error', 'usage'],
    onEvent(event) {
      if (event.type === 'run-end') add(`runs of ${event.pipeline} that ended as ${event.status}`);
      if (event.type === 'step-error') add(`failures of ${event.pipeline}.${event.step}`);
      if (event.type === 'usage') add(`model tokens of ${event.pipeline}`, event.usage.input + event.usage.output);
    },
  });
  return counts;
}
