import type { RunEvent } from '../../src/run/events.js';
import { same } from './compare-run.js';
import type { Replayed } from './model-graph.js';
import type { Played } from './run-graph.js';

type StepEvent = Extract<RunEvent, { readonly visit: number }>;

/** What holds for the events of every run, whatever it did. */
export function checkEvents({ events, graph, result }: Played, told: Replayed): void {
  same(
    events.map(({ seq }) => seq),
    events.map((_, i) => i + 1),
  );
  const types = events.map(({ type }) => type);
  same([types[0], types[types.length - 1]], ['run-start', 'run-end']);
  same(types.filter((type) => type === 'run-start' || type === 'run-end').length, 2);
  const end = events[events.length - 1] as Extract<RunEvent, { readonly type: 'run-end' }>;
  same([end.status, end.ledger], [told.status, told.ledger]);
  same(Object.keys(result.ledger).sort(), graph.steps.map(({ name }) => name).sort());
  for (const { name } of graph.steps)
    checkStep(
      events.filter((e): e is StepEvent => 'visit' in e && e.step === name),
      told,
      name,
    );
  checkJoins(events, told);
}

/** Every start is closed once, in the way of the ledger, and nothing of the step is said before or after. */
function checkStep(events: readonly StepEvent[], told: Replayed, name: string): void {
  const started = told.starts.some((names) => names.includes(name));
  if (!started) return same(events, []);
  const { status } = told.ledger[name];
  same(events[0]?.type, 'step-start');
  same(events.filter(({ type }) => type === 'step-start').length, 1);
  same(events.filter(isClosing).map(ending), [status]);
  same(events.findIndex(isClosing), events.length - 1);
}

const isClosing = (event: StepEvent): boolean =>
  event.type === 'step-end' ||
  event.type === 'step-skip' ||
  event.type === 'step-cancel' ||
  (event.type === 'step-error' && !event.handled);

function ending(event: StepEvent): string {
  if (event.type === 'step-end') return event.status;
  if (event.type === 'step-cancel') return event.why;
  return event.type === 'step-skip' ? 'skipped' : 'failed';
}

/** A join that has run was told of once, with those that its body got. */
function checkJoins(events: readonly RunEvent[], told: Replayed): void {
  const joins = events.filter((event) => event.type === 'join');
  for (const [name, { inputs }] of Object.entries(told.seen)) {
    if (!inputs) continue;
    same(
      joins.filter(({ step }) => step === name).map(({ arrived }) => [...arrived].sort()),
      [Object.keys(inputs).sort()],
    );
  }
}
